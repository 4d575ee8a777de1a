/** Whether a message is meant for the bot: in rooms and public posts, the mention must lead the text. */
import { firstLine, maximumText, visible } from "./words.ts";

/**
 * What follows a leading mention of one of the handles (`@manchot:server`, `@manchot`, a display name), without the
 * colon or comma that people put there; `""` where nothing follows, undefined where no mention leads. One character more
 * than may be read is kept of a text that is too long, so that it is refused later and not cut.
 */
export function afterMention(text: string, handles: readonly string[]): string | undefined {
  // The far end of a huge post cannot matter: its first line would be refused as too long anyway.
  const line = firstLine(visible(text.slice(0, 4 * maximumText)));
  for (const handle of [...handles].sort((a, b) => b.length - a.length)) {
    // The line itself stays as it was written: what follows the mention may be a name, to the letter.
    const rest = after(line, handle.trim().normalize("NFC")) ?? after(line, handle.trim().normalize("NFD"));
    if (rest !== undefined) return rest.slice(0, maximumText + 1);
  }
  return undefined;
}

/** `@manchot` does not lead `@manchot:elsewhere.example` nor `@manchotte`: a space, or a colon and a space, must follow. */
function after(line: string, handle: string): string | undefined {
  if (handle === "" || line.slice(0, handle.length).toLowerCase() !== handle.toLowerCase()) return undefined;
  return /^[:,]?(?:\s+(.*))?$/u
    .exec(line.slice(handle.length))
    ?.slice(1)
    .map((rest) => rest ?? "")[0];
}
