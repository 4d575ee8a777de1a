/** `manchot policy`: who may what, and since when. It changes nothing. */

import { policiesFolder } from "../policies-folder.ts";
import { explainPolicy } from "./explain.ts";
import { policyUsage, readGiven } from "./given.ts";
import { policyLog } from "./log.ts";

/** The exit code. */
export function policy(argv: readonly string[]): number {
  const given = readGiven(argv);
  if ("wrong" in given) {
    process.stderr.write(`manchot policy: ${given.wrong}\n\n${policyUsage}`);
    return 2;
  }
  const { code, text } =
    given.verb === "log" ? policyLog(given) : explainPolicy(given, given.policies ?? policiesFolder);
  (code === 2 ? process.stderr : process.stdout).write(`${text}\n`);
  return code;
}
