/** How wide an answer may be: never wider than its question. */

/** What is ever sent to a server. Whatever else it knows, it might take for `public`. */
export type Width = "unlisted" | "direct";

/**
 * `visibility`: the server's own word. What followers can read is answered directly, because the bot's followers are
 * others than the asker's; so is whatever is not known.
 */
export function widthOf(visibility: string | undefined): Width {
  return visibility === "public" || visibility === "unlisted" ? "unlisted" : "direct";
}
