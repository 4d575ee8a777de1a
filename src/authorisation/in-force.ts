/**
 * The policies in force. A set that was changed takes force as a whole, once it holds and stands in the journal; until
 * then, and where it does not hold, those of before stay.
 */
import { type Problem, printProblems } from "../config/problem.ts";
import { faultOf, type Log } from "../log.ts";
import { differenceOf } from "./difference.ts";
import { type Files, filesIn, type LoadedPolicies, type Policies } from "./load.ts";
import { ownersOf } from "./owners.ts";

/** What had them read. */
export type Cause = "start" | "signal" | "files";

/** Where changes are kept for good. */
export interface PolicyJournal {
  last(): { readonly newHash: string; readonly files: Files } | undefined;
  add(change: {
    readonly at: number;
    readonly cause: Cause;
    readonly who: string;
    readonly oldHash: string | undefined;
    readonly newHash: string;
    readonly difference: string;
    readonly files: Files;
  }): void;
}

export interface PoliciesInForce {
  /** One whole set: whoever needs several answers that belong together asks it for all of them. */
  now(): Policies;
  /** What keeps the set on the disk from taking force; empty where it is in force. */
  problems(): readonly Problem[];
  /** Reads the folder. `unsettled`: it was written meanwhile; nothing was done, and it should be read again. */
  reload(cause: Exclude<Cause, "start">): "taken" | "unchanged" | "refused" | "unsettled";
}

/** `first`: what was read at the start; where the journal knows another last, that is a change too. Throws where it cannot be kept. */
export function policiesInForce(given: {
  readonly folder: string;
  readonly first: Policies;
  readonly read: () => LoadedPolicies;
  readonly journal: PolicyJournal;
  readonly log: Log;
  readonly now?: () => number;
}): PoliciesInForce {
  const { folder, journal, log } = given;
  let current = given.first;
  let problems: readonly Problem[] = [];

  function keep({ hash: newHash, files }: Policies, cause: Cause): void {
    const last = journal.last();
    if (last?.newHash === newHash) return;
    const before = last?.files ?? {};
    const difference = differenceOf(before, files);
    const names = Object.keys({ ...before, ...files }).filter((name) => before[name] !== files[name]);
    const change = { cause, who: ownersOf(folder, names), oldHash: last?.newHash, newHash };
    journal.add({ ...change, at: (given.now ?? Date.now)(), difference, files });
    log.info({ ...change, ...(last === undefined ? {} : { difference }) }, "other policies take force");
  }

  function refuse(found: readonly Problem[], more: Readonly<Record<string, unknown>> = {}): "refused" {
    problems = found;
    const words = printProblems(found);
    log.error(
      { problems: words, ...more, inForce: current.hash },
      "THE POLICIES WERE CHANGED AND ARE REFUSED: those of before stay in force",
    );
    return "refused";
  }

  keep(current, "start");
  return {
    now: () => current,
    problems: () => problems,
    reload(cause) {
      try {
        const onDisk = filesIn(folder);
        if (onDisk !== undefined && differenceOf(onDisk, current.files) === "") {
          problems = [];
          log.debug({ cause, hash: current.hash }, "the policies on the disk are those in force");
          return "unchanged";
        }
        const loaded = given.read();
        if (!loaded.ok) return refuse(loaded.problems);
        const { policies } = loaded;
        const still = filesIn(folder);
        if (still === undefined || differenceOf(still, policies.files) !== "") return "unsettled";
        // First kept, then in force: what cannot be told later does not count now.
        keep(policies, cause);
        current = policies;
        problems = [];
        return "taken";
      } catch (fault) {
        const mend = "The bot's log says more. When it is mended, send the bot SIGHUP.";
        return refuse([{ file: folder, message: "these policies could not be taken", mend }], faultOf(fault));
      }
    },
  };
}
