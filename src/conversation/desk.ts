/** What a desk command may do and know: a narrow view on the bot's own records, made for one request. */
import type { Person } from "../people/person.ts";
import type { JournalEntry } from "../protocol/plan.ts";
import type { HistoryEntry, Request, RequestState } from "../store/store.ts";
import type { Answer, Block } from "./answer.ts";
import type { Proof } from "./arguments.ts";
import type { Command } from "./command.ts";

/**
 * `none`: there is no such plan that waits, or this person may not see it; `more`: what became of the code. `answer`: the
 * executor's or the line's refusal.
 */
export type ApproveOutcome =
  | { readonly kind: "none"; readonly more: readonly Block[] }
  | { readonly kind: "enough" }
  | { readonly kind: "more"; readonly wants: string; readonly given: readonly string[] }
  | { readonly kind: "answer"; readonly answer: Answer };

/** `asked`: it stops between two steps, if it can. `through`: it has begun, and is carried through. `late`: it is over. */
export type EndOutcome =
  | { readonly kind: "none" | "ended" | "asked" | "through" | "late" }
  | { readonly kind: "answer"; readonly answer: Answer };

export interface Desk {
  readonly request: Request;
  /** Undefined: an account that is pinned to nobody. */
  readonly person: Person | undefined;
  readonly roles: readonly string[];
  /** Who can help: the names of the other persons with the role `admin`. */
  readonly admins: readonly string[];
  /** All commands that this person may use here, in the order of the register. */
  permitted(): readonly Command[];
  /** Whether they may use others as well in a direct message. */
  moreDirectly(): boolean;
  /** The requests in these states that the person may see (an admin: all; others: their own), the newest first. */
  requests(states: readonly RequestState[], limit: number): readonly Request[];
  /** Undefined: there is none, or this person may not see it (they cannot tell which). */
  find(number: number): Request | undefined;
  history(number: number): readonly HistoryEntry[];
  /** What the executor's journal has of a request's operation; undefined where it cannot be reached. */
  journal(number: number): Promise<readonly JournalEntry[] | undefined>;
  /** The next page of the person's last long answer in this place, and how many blocks' rows remain after it. */
  more(): { readonly blocks: readonly Block[]; readonly left: number } | undefined;
  /** Whether a code may be brought from here: see {@link takesCodes}. */
  readonly takesCodes: boolean;
  /** Brings a signature (SSHSIG in base64), or a code, for a request's plan before the executor, as this person's. */
  approve(number: number, proof: Proof): Promise<ApproveOutcome>;
  /** Says no to a plan, or calls a change off. */
  end(number: number, how: "deny" | "cancel"): Promise<EndOutcome>;
  /** Spends a code that others could have read, said for this request; false where the executor could not be asked. */
  burn(code: string, number: number): Promise<boolean>;
  /** Sets a late request going again as its own person's; false where it is not late, or not theirs. */
  run(number: number): boolean;
}
