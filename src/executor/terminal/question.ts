/** Asking whoever sits at the terminal; where the input ends without a word, that is no answer. */
import { createInterface } from "node:readline";

/** One for the whole program: what was typed ahead is not lost. */
let lines: AsyncIterator<string> | undefined;

/** The next line of stdin, without blanks round it. What is asked stands on stderr: stdout is for answers. */
export async function question(asked: string): Promise<string> {
  process.stderr.write(asked);
  lines ??= createInterface({ input: process.stdin, terminal: false })[Symbol.asyncIterator]();
  const next = await lines.next();
  return next.done === true ? "" : next.value.trim();
}

/** Only the whole word counts. */
export async function saysYes(asked: string): Promise<boolean> {
  return (await question(`${asked} (yes/no) `)) === "yes";
}
