/** What was learnt from the host, or why it was not: expected failures are values. */
import { basename } from "node:path";
import { good, type Outcome, type Refused, refuse } from "../outcome.ts";
import type { Ran } from "./host.ts";

/** How much of the host's own words a failure carries, in characters. */
const maximumWords = 500;

/** Text of the host made fit for one line: control and bidirectional characters become spaces, and it is kept short. */
export function oneLine(text: string, maximum: number = maximumWords): string {
  const clean = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, " ")
    .replace(/ {2,}/g, " ")
    .trim();
  return clean.length <= maximum ? clean : `${clean.slice(0, maximum)}…`;
}

/** The failure `host-failed` (or `too-large`, when the output was cut), with the command and the host's own words. */
export function hostFailed(argv: readonly string[], ran: Ran): Refused {
  const command = `${basename(argv[0] ?? "")} ${verbOf(argv)}`;
  if (ran.code === 0 && ran.truncated) return refuse("too-large", { command });
  const ended = ran.signal === null ? `exit ${ran.code ?? "?"}` : `killed by ${ran.signal}`;
  return refuse("host-failed", { command, ended, words: oneLine(ran.stderr) });
}

/** The failure of an answer that was understood by nobody: it is told, never dropped. */
export function notUnderstood(argv: readonly string[], what: string): Refused {
  const command = `${basename(argv[0] ?? "")} ${verbOf(argv)}`;
  return refuse("host-failed", { command, ended: "not understood", words: oneLine(what) });
}

/** `what` is named as it was asked for. */
export function unknownTarget(name: string): Refused {
  return refuse("unknown-target", { name: oneLine(name) });
}

/** The whole output of a command that ended well; anything else is a failure. */
export function output(argv: readonly string[], ran: Ran): Outcome<string> {
  if (ran.code !== 0 || ran.truncated) return hostFailed(argv, ran);
  return good(ran.stdout);
}

/** The first word after the program that is no option and no connection address. */
function verbOf(argv: readonly string[]): string {
  return argv.slice(1).find((word) => !word.startsWith("-") && !word.includes(":///")) ?? "";
}
