/** Writes above the line that is being typed, which stays as it is, cursor included. */
import { clearScreenDown, cursorTo, type Interface, moveCursor } from "node:readline";

/** `text` without a newline at its end takes whole lines. */
export function printAbove(rl: Interface, output: NodeJS.WritableStream, text: string): void {
  const { rows } = rl.getCursorPos();
  moveCursor(output, 0, -rows);
  cursorTo(output, 0);
  clearScreenDown(output);
  // The prompt is drawn anew from as many rows above as the line had before the cursor: it gets them.
  output.write(`${text}\n${"\n".repeat(rows)}`);
  rl.prompt(true);
}
