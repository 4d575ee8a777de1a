/** The commands nearest to what somebody wrote, of those that they may use and of no others. */
import { distance } from "fastest-levenshtein";
import type { Language } from "../chat/port.ts";
import type { Command } from "./command.ts";
import { nameIn } from "./names.ts";
import { fold } from "./words.ts";

/** Longer words are no slips of somebody who meant a command. */
const longestSlip = 40;

/**
 * At most three names, the nearest first; in the language of the name that was nearly written, so that `instantanné`
 * leads to `instantané` and `snapshat` to `snapshot`.
 */
export function nearest(
  words: readonly string[],
  permitted: readonly Command[],
  language: Language,
): readonly string[] {
  const ranked = permitted.flatMap((command) => {
    const names = [nameIn(command, language), command.name, ...command.also];
    const best = names.map((name) => ({ name, far: far(words, name) })).reduce((a, b) => (b.far < a.far ? b : a));
    return Number.isFinite(best.far) ? [best] : [];
  });
  return [...new Set(ranked.sort((a, b) => a.far - b.far).map(({ name }) => name))].slice(0, 3);
}

/** How many letters apart; infinite where it can hardly have been meant. */
function far(words: readonly string[], name: string): number {
  const wanted = fold(name);
  const parts = wanted.split(" ");
  const said = words.slice(0, parts.length).map((word) => fold(word.slice(0, longestSlip)));
  const written = said.join(" ");
  // The beginning of a name, or its first word alone: `vm` leads to `vm list`.
  if (written.length > 1 && words.length <= parts.length && wanted.startsWith(written)) return 0.5;
  const letters = distance(written, wanted);
  // Of two equally near ones, the one that explains more words.
  if (letters <= Math.max(1, Math.ceil(wanted.length / 3))) return letters - parts.length / 10;
  return parts.length > 1 && said[0] === parts[0] ? parts.length : Number.POSITIVE_INFINITY;
}
