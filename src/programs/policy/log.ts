/** `manchot policy log`: the changes of the policies that took force, as the bot's store has them. */
import { join } from "node:path";
import { readConfig } from "../../config/load.ts";
import { printProblems } from "../../config/problem.ts";
import type { Context } from "../../conversation/command.ts";
import { clean } from "../../conversation/render/clean.ts";
import { contextFor } from "../../languages/index.ts";
import { readPolicyChanges } from "../../store/policy-changes.ts";
import type { PolicyChange } from "../../store/store.ts";
import { storeFile } from "../store-file.ts";
import type { Told } from "./explain.ts";
import type { LogGiven } from "./given.ts";

/** The newest last, where one looks first at a terminal. Throws StoreUnavailable. */
export function policyLog(given: LogGiven): Told {
  const read = readConfig(given.config);
  if (!read.ok) return { code: 2, text: printProblems(read.problems) };
  const { language, timezone, state } = read.value;
  const context = contextFor({ request: 0, language: given.language ?? language, timezone });
  const found = readPolicyChanges(join(state, storeFile), given.last + 1);
  if (found.length === 0) return { code: 0, text: context.say("policy-log-none") };
  const shown = found.slice(0, given.last).toReversed();
  const older = found.length > shown.length ? [context.say("policy-log-more", { more: String(given.last * 2) })] : [];
  return { code: 0, text: [...older, ...shown.map((change) => told(change, context))].join("\n\n") };
}

function told(change: PolicyChange, { say, moment }: Context): string {
  const { oldHash, newHash, at, who, cause, difference, files } = change;
  const head = say("policy-log-head", {
    when: moment(at),
    before: oldHash === undefined ? say("policy-log-first") : short(oldHash),
    after: short(newHash),
    cause: say(`policy-log-cause-${cause}`),
    who,
  });
  const first = say("policy-log-first-rules", { files: Object.keys(files).join(", ") });
  // The texts are people's: nothing of them may steer the terminal.
  const lines = oldHash === undefined ? [first] : [clean(difference.trimEnd())];
  return [head, ...lines].join("\n");
}

const short = (hash: string): string => hash.slice(0, 12);
