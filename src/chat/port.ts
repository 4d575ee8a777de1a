/** The one port to the networks. Each adapter turns its network's events into messages, and answers into its posts. */
import type { Answer } from "../conversation/answer.ts";

export const networks = ["matrix", "fediverse", "terminal"] as const;
export type Network = (typeof networks)[number];

export type Language = "fr" | "en";

/** A place where a conversation stands. What it holds beyond the common part is the adapter's own, kept as JSON. */
export type Venue = {
  readonly network: Network;
  /** The room, or the post's conversation: an opaque key, equal for equal places. */
  readonly place: string;
  /** The event that the thread hangs on (the message itself, where it began one). */
  readonly thread: string;
  /** Whether only the sender and the bot can read it. */
  readonly direct: boolean;
  /** Whether the network encrypted it from end to end. */
  readonly encrypted: boolean;
  /** The width of the question, where the network knows one (Fediverse: public, unlisted, private, direct). */
  readonly visibility?: string;
  /** Whether the network vouches that the sender's account is of the bot's own server; where absent it is not known. */
  readonly local?: boolean;
  /**
   * The sender's cross-signing identity (its master key, base64 without padding), where the network proved that the
   * message came from a device that it signed.
   */
  readonly identity?: string;
};

/** A message that is addressed to the bot, as it arrived. Only such messages ever leave an adapter. */
export type Incoming = {
  readonly network: Network;
  /** The network's own id of the event: with `network` the key that makes a second delivery end in the inbox. */
  readonly eventId: string;
  readonly venue: Venue;
  /** The account as the network identifies it for good (an MXID; a pinned account id), never a display name. */
  readonly account: string;
  /** How to address the account in text: a label, never an identity. */
  readonly label: string;
  /** The words after the mention: the first line, plain text, at most 2 000 characters. */
  readonly text: string;
  /** When the network says it was sent, milliseconds since 1970: the sender's word. */
  readonly sentAt: number;
  /** The post's own language, where the network tells one. */
  readonly language?: Language;
};

/** Takes a message into the inbox. It is durable when this returns; it must be called synchronously by the adapter. */
export type Inbox = (message: Incoming) => void;

/**
 * Words that were meant for the bot and are not obeyed, because the network does not vouch for their sender: others may have
 * read what is secret in them. Where it rejects, it is called again with the same message.
 */
export type Overheard = (message: Incoming) => Promise<void>;

/** One post to make or to edit. */
export type Outgoing = {
  readonly venue: Venue;
  /** The event that it answers. */
  readonly inReplyTo: string;
  /** The account to which it is addressed, and its label. */
  readonly account: string;
  readonly label: string;
  readonly answer: Answer;
  readonly language: Language;
  /** The network's id of the bot's own earlier post that this one replaces. */
  readonly edits?: string;
  /** The same for every try of the same post: networks that know idempotency keys get this one. */
  readonly key: string;
  /** An earlier try with this very key may have taken effect: by this run, or by one that nobody knows anything of. */
  readonly again: boolean;
  /** How often it was tried under this key before: what is tried no more than a few times goes by it. */
  readonly tries: number;
  /** The event ids of this answer's leading parts that are out already: it goes on behind them. */
  readonly parts: readonly string[];
};

/**
 * What became of a post. `unknown`: it may have taken effect; the same key must be used again, never a new one.
 * `retry`: it was not made; `spent`: and its key is used up, the next try gets a new one, without counting as a rejection.
 */
export type Delivery =
  | { readonly kind: "sent"; readonly eventId: string }
  | (Unsent & { readonly kind: "retry"; readonly afterMs: number; readonly spent?: true })
  | (Unsent & { readonly kind: "unknown" | "rejected" });

type Unsent = {
  readonly why: string;
  /** The leading parts that are out, those of earlier tries among them. Absent: no others than were known. */
  readonly parts?: readonly string[];
};

export interface ChatNetwork {
  readonly network: Network;
  /** Whether a post can be edited; where not, progress is left out. */
  readonly edits: boolean;
  /** Begins to listen. Resolves once messages flow; rejects where it cannot start, with a message that says the mend. */
  start(inbox: Inbox, overheard?: Overheard): Promise<void>;
  send(post: Outgoing): Promise<Delivery>;
  /** Stops listening within half a second; nothing is delivered to the inbox afterwards. */
  stop(): Promise<void>;
}

/** Where an adapter keeps what it must remember between runs (a sync token, …). */
export interface AdapterMemory {
  read(key: string): string | undefined;
  write(key: string, value: string): void;
}
