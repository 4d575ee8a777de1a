/** A text as several that are short enough: at line ends, at spaces where a line is too long, and anywhere where nothing else is left. */

/** At least one part; each of at most `most` characters (code points), none with blank ends. Only blanks between parts are lost. */
export function split(text: string, most: number): readonly string[] {
  const limit = Math.max(1, most);
  const parts: string[] = [];
  let rest = [...text.trim()];
  while (rest.length > limit) {
    const at = cutAt(rest, limit);
    parts.push(rest.slice(0, at).join("").trimEnd());
    rest = [...rest.slice(at).join("").trimStart()];
  }
  return rest.length === 0 && parts.length > 0 ? parts : [...parts, rest.join("")];
}

/** Where the first part ends: at least 1, at most `limit`. */
function cutAt(characters: readonly string[], limit: number): number {
  const line = characters.lastIndexOf("\n", limit);
  if (line > 0) return line;
  const space = characters.lastIndexOf(" ", limit);
  // A far too short part would only make more of them.
  return space > limit / 2 ? space : limit;
}
