/** What Cedar says, turned into problems of the files that it speaks of. */
import type { DetailedError } from "@cedar-policy/cedar-wasm/nodejs";
import { type Problem, positionOf } from "../config/problem.ts";

/** A file of the policies, with its text. */
export type Source = { readonly file: string; readonly text: string };

/** Cedar's error about a part of a file that begins at `start` (UTF-16 code units). */
export function cedarProblem(source: Source, start: number, error: DetailedError, mend: string): Problem {
  const [location] = error.sourceLocations ?? [];
  const help = [location?.label, error.help].filter((part) => typeof part === "string").filter((part) => part !== "");
  return {
    file: source.file,
    ...positionOf(source.text, start + unitsOf(source.text.slice(start), location?.start ?? 0)),
    // Cedar names the policy; the place and the rule are named already.
    message: error.message.replace(/^for policy `[^`]*`[:,] /, ""),
    mend: [...help.map(sentence), mend].join(" "),
  };
}

function sentence(words: string): string {
  return /[.?!]$/.test(words) ? words : `${words}.`;
}

/** Cedar counts bytes of UTF-8; positions count UTF-16 code units. */
function unitsOf(text: string, bytes: number): number {
  return Buffer.from(text).subarray(0, bytes).toString().length;
}
