/** The one choke point: may this person do this, here? Default deny, explained. */
import type { Venue } from "../chat/port.ts";
import type { Person } from "../people/person.ts";
import type { Trust } from "../people/trust.ts";

export type Question = {
  /** Undefined: a stranger. */
  readonly person: Person | undefined;
  /** A command's action id: `zfs.snapshot`. */
  readonly action: string;
  /** What it is done to: a target's name as it was written, or `host`. */
  readonly resource: string;
  readonly venue: Venue;
  readonly trust: Trust;
};

export type Decision =
  | { readonly allowed: true; readonly rules: readonly string[] }
  | {
      readonly allowed: false;
      /** The rules that forbid; empty where no rule permits. */
      readonly rules: readonly string[];
      /** Why, in both languages, from the rule's own @fr and @en annotations, or the default. */
      readonly reason: { readonly fr: string; readonly en: string };
      /** The roles with which it would have been allowed. */
      readonly roles: readonly string[];
    };

export interface Authorisation {
  /** Never throws: whatever goes wrong is a refusal. */
  decide(question: Question): Decision;
}
