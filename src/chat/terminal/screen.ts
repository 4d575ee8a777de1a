/** Writes above the line that is being typed, which stays as it is, cursor included. */
import { clearScreenDown, cursorTo, type Interface, moveCursor } from "node:readline";

/** `text` without a newline at its end takes whole lines. */
export function printAbove(rl: Interface, output: NodeJS.WritableStream, text: string): void {
  moveCursor(output, 0, -rl.getCursorPos().rows);
  cursorTo(output, 0);
  clearScreenDown(output);
  output.write(`${text}\n${"\n".repeat(rowsGoneUp(rl))}`);
  rl.prompt(true);
}

/**
 * How many rows readline will go up before it draws the line anew: those above the cursor when it last drew it, which is
 * not each time that a key is pressed. It keeps the number to itself, so a test looks at the screen in both cases.
 */
function rowsGoneUp(rl: Interface): number {
  const rows: unknown = Reflect.get(rl, "prevRows");
  return typeof rows === "number" ? rows : 0;
}
