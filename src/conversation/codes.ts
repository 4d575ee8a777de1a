/** Codes of a second factor that were said where they may not be. */

/** Six digits that stand alone, also as phones show them: in two groups of three. Each once, as the executor takes them. */
export function codesIn(text: string): readonly string[] {
  const found = text.matchAll(/(?<![\d#])(\d{3})[ \u00a0\u202f]?(\d{3})(?!\d)/gu);
  return [...new Set([...found].map(([, first = "", second = ""]) => first + second))];
}
