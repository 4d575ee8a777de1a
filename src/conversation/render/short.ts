/** For the Fediverse: lines of text without columns, since posts are read in a proportional font on a phone. */
import type { Answer } from "../answer.ts";
import { quiet } from "./clean.ts";
import { lines, markOf } from "./plain.ts";

/** The whole answer; how long a post may be is the adapter's business. It pings nobody. */
export function short(answer: Answer): string {
  return markOf(answer.tone) + quiet(answer.blocks.map((block) => lines(block, 0).join("\n")).join("\n"));
}
