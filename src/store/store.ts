/**
 * What the bot remembers, as whole units of work: each call is one transaction, durable when it returns
 * (SQLite, WAL, synchronous=FULL). Nothing outside this folder knows that it is SQLite.
 */
import type { Incoming, Language, Network, Venue } from "../chat/port.ts";
import type { Answer, Block } from "../conversation/answer.ts";
import type { JournalHead } from "../protocol/wire.ts";

/**
 * A request's way. `received` → `answered` (an ask, a refusal, a misunderstanding: ended), or
 * `received` → `accepted` → `planned` → `applying` → `done` | `failed` (a change), or
 * `received` | `accepted` → `late` (kept, not run) → `accepted` by `run`.
 */
export type RequestState = "received" | "answered" | "accepted" | "planned" | "applying" | "done" | "failed" | "late";

/** How a change came to its end that was not done, and did not fail either. */
export type EndedAs = "cancelled" | "denied" | "expired";

export type Request = {
  /** The `#41` that people see. */
  readonly number: number;
  readonly network: Network;
  readonly eventId: string;
  readonly venue: Venue;
  readonly account: string;
  readonly label: string;
  readonly text: string;
  readonly language: Language | undefined;
  /** Milliseconds since 1970. */
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly state: RequestState;
  /** Set when it is known: the person, the command's name and its arguments as parsed. */
  readonly person: string | undefined;
  readonly command: string | undefined;
  readonly given: Readonly<Record<string, unknown>> | undefined;
  /** How often it was set going: 0, and one more for each plan that ended without having been applied. */
  readonly attempt: number;
  readonly operation: string | undefined;
  readonly planHash: string | undefined;
  /** What the executor wants before it applies the plan, in its words; set once the person was told. */
  readonly wants: string | undefined;
  /** Of a `failed` one, where nothing failed. */
  readonly endedAs: EndedAs | undefined;
};

export type HistoryEntry = {
  readonly at: number;
  /** What happened, in the field's words: received, refused, accepted, planned, applied, done, delivered, … */
  readonly event: string;
  readonly detail: Readonly<Record<string, unknown>>;
};

export type Patch = {
  readonly person?: string;
  readonly command?: string;
  readonly given?: Readonly<Record<string, unknown>>;
  readonly attempt?: number;
  readonly operation?: string;
  readonly planHash?: string;
  readonly wants?: string;
  readonly endedAs?: EndedAs;
  /** Resets the clock of the age window (`run <id>`): milliseconds since 1970. */
  readonly receivedAt?: number;
};

/** A post to be made for a request: `final` is its one answer; `progress` is edited in place until then. */
export type Post = {
  readonly purpose: "final" | "progress";
  readonly answer: Answer;
  readonly language: Language;
};

export type OutboxEntry = {
  readonly id: number;
  readonly request: Request;
  readonly post: Post;
  /** How many keys it had before: a new one comes only where the old one's post was definitely not made. */
  readonly attempt: number;
  /** How many definite rejections it had: what giving up counts. */
  readonly rejections: number;
  /** How often it was postponed under its present key: what a back-off grows with. */
  readonly tries: number;
  /**
   * The network's idempotency key: it follows from the question, the post's place among those of its request, its words
   * and `attempt`. So a store restored from an old backup never says something else under a key that was used.
   */
  readonly key: string;
  /** It was given out before under this key, by this run or perhaps by an earlier one: it may be out. */
  readonly again: boolean;
  /** The event ids of its leading parts that are out. */
  readonly parts: readonly string[];
  /** The event to edit, where the progress post of this request was sent already and this is its next state. */
  readonly edits: string | undefined;
  /** When it may be tried (again), milliseconds since 1970; more than an hour ahead counts as due (a clock was wrong). */
  readonly due: number;
};

/** A set of policies that took force. */
export type PolicyChange = {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** What had them read: the bot's start, SIGHUP, or the files themselves. */
  readonly cause: "start" | "signal" | "files";
  /** To whom the changed files belong. */
  readonly who: string;
  /** Undefined: none were known before. */
  readonly oldHash: string | undefined;
  readonly newHash: string;
  /** As unified text. */
  readonly difference: string;
  /** The whole set, text by file. */
  readonly files: Readonly<Record<string, string>>;
};

/** Only ever added to: no change is forgotten. */
export interface PolicyChanges {
  add(change: PolicyChange): void;
  last(): PolicyChange | undefined;
  /** The newest first. */
  list(limit: number): readonly PolicyChange[];
}

export interface Store {
  /** Into the inbox, unique by network and event id. `fresh` is false for a second delivery, which changes nothing. */
  accept(message: Incoming, now: number): { readonly request: Request; readonly fresh: boolean };
  find(number: number): Request | undefined;
  /** The newest first. `person`: only theirs. */
  requests(filter: {
    readonly person?: string;
    readonly account?: { network: Network; account: string };
    /** Only those in one of these states. */
    readonly states?: readonly RequestState[];
    /** Only those with a smaller number. */
    readonly before?: number;
    readonly limit: number;
  }): readonly Request[];
  /** All that are on their way, oldest first: what a restart takes up. */
  unfinished(): readonly Request[];
  history(number: number): readonly HistoryEntry[];
  /**
   * Moves a request on, with its history and posts, all or nothing. False, and nothing written, where the request is no
   * longer in `from`: somebody else moved it.
   */
  advance(
    number: number,
    from: RequestState,
    to: RequestState,
    change: {
      readonly patch?: Patch;
      readonly event: string;
      readonly detail?: Readonly<Record<string, unknown>>;
      readonly posts?: readonly Post[];
      readonly pages?: readonly Block[];
    },
    now: number,
  ): boolean;
  /** Adds history and posts without moving it (progress). */
  note(
    number: number,
    event: string,
    detail: Readonly<Record<string, unknown>>,
    posts: readonly Post[],
    now: number,
  ): void;
  /**
   * The posts that are due, at most one a venue's thread, oldest first: order within a thread is kept. What was given
   * out keeps its text for as long as it keeps its key. `network`: only that network's.
   */
  due(now: number, limit: number, network?: Network): readonly OutboxEntry[];
  /**
   * When the first thread's next post falls due, or fell due; undefined where none waits. `after`: of those that fall
   * due later than this.
   */
  nextDue(after?: number): number | undefined;
  delivered(outbox: number, eventId: string, now: number): void;
  /** To be tried again with the same key (`unknown`, `retry`). `parts`, here and below: where absent, as before. … */
  postpone(outbox: number, until: number, why: string, parts?: readonly string[]): void;
  /** … with a new key, because the network used this one up without making the post … */
  renew(outbox: number, until: number, why: string, parts?: readonly string[]): void;
  /**
   * … with a new key after a definite rejection, or (`giveUp`) not any more, which the request's history then says,
   * at `until` (of an answer; progress that nobody can be shown is left out quietly).
   */
  reject(outbox: number, until: number, why: string, giveUp: boolean, parts?: readonly string[]): void;
  /**
   * The next page of the person's last long answer in the place of this request, and how many rows remain after it.
   * The same request gets the same page again: nothing is skipped where its own answer was cut off by a crash.
   */
  takePages(
    request: number,
    rows: number,
    now: number,
  ): { readonly blocks: readonly Block[]; readonly left: number } | undefined;
  /** The executor's journal head, per hypervisor: the last one seen. */
  head(hypervisor: string): JournalHead | undefined;
  keepHead(hypervisor: string, head: JournalHead): void;
  readonly policyChanges: PolicyChanges;
  /** What an adapter must remember between runs (a sync token, …). */
  memory(adapter: string): { read(key: string): string | undefined; write(key: string, value: string): void };
  /**
   * Forgets requests that ended and arrived before this moment (milliseconds since 1970), with their history and posts;
   * none that is on its way or has a post waiting, and none of the newest `kept`, whatever the clock says: one that is
   * wrong must not empty the inbox, which knows what was delivered before. At most 1 000 a call; how many it was.
   * Numbers are never used again.
   */
  prune(before: number, kept: number): number;
  close(): void;
}
