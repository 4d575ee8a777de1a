/** The bot's side of the protocol: one hypervisor, reached over a channel that may break and come back at any time. */
import type { AskName, AskValue, AskWith, ChangeName, ChangeWith } from "../protocol/operations.ts";
import type { Approvals, JournalEntry, Operation, Plan } from "../protocol/plan.ts";
import type { Failure, JournalHead, Origin } from "../protocol/wire.ts";

/** Why the executor could not be asked at all. `unreachable`: now, later perhaps; `untrusted`: a changed host key. */
export type Unavailable = { readonly kind: "unreachable" | "untrusted" | "incompatible"; readonly why: string };

export type Reply<T> =
  | { readonly ok: true; readonly value: T; readonly head: JournalHead }
  | { readonly ok: false; readonly failure: Failure }
  | { readonly ok: false; readonly unavailable: Unavailable };

/** What can be brought through the bot: a code, or a signature (armoured SSHSIG). */
export type ChatFactor =
  | { readonly kind: "totp"; readonly code: string }
  | { readonly kind: "signature"; readonly signature: string };

export interface Hypervisor {
  readonly name: string;
  ask<N extends AskName>(what: N, given: AskWith<N>): Promise<Reply<AskValue<N>>>;
  plan<N extends ChangeName>(id: string, what: N, given: ChangeWith<N>, origin: Origin): Promise<Reply<Plan>>;
  apply(id: string, hash: string): Promise<Reply<Operation>>;
  watch(id: string): Promise<Reply<Operation>>;
  /** Brings a person's factor for a plan. What it is worth, and what is enough, is the executor's to say. */
  approve(id: string, hash: string, by: string, factor: ChatFactor): Promise<Reply<Approvals>>;
  /** How far a plan's approvals have come. */
  approvals(id: string): Promise<Reply<Approvals>>;
  /** Says no to a plan that is not begun, for good. */
  deny(id: string, by: string): Promise<Reply<Operation>>;
  /** Calls an operation off: at once before it began, between two steps afterwards. What it gives may still be running. */
  cancel(id: string, by: string): Promise<Reply<Operation>>;
  /** Spends a code that somebody else could have read. */
  burn(code: string): Promise<Reply<{ readonly burnt: number }>>;
  journal(id: string): Promise<Reply<readonly JournalEntry[]>>;
  /** Called with each `operation` event; after a reconnection, operations must be watched again by whoever cares. */
  onOperation(listener: (operation: Operation) => void): void;
  /** Called whenever the channel comes up (true) or goes down (false), with the reason it is down. */
  onReachable(listener: (up: boolean, why?: Unavailable) => void): void;
  close(): Promise<void>;
}
