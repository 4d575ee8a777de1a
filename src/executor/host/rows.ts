/** The small pieces of reading `-Hp` output: one row a line, cells parted by tabs, numbers in full. */

/** The lines of a text, without the line end of the last one. */
export function rows(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** A number of at most 2^53 - 1, written in digits alone; or nothing. */
export function wholeNumber(cell: string | undefined): number | undefined {
  if (cell === undefined || !/^[0-9]{1,16}$/.test(cell)) return undefined;
  const value = Number(cell);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A GUID: at most 20 digits, beyond what a number can hold, so it stays a string. */
export function guidText(cell: string | undefined): string | undefined {
  return cell !== undefined && /^[0-9]{1,20}$/.test(cell) ? cell : undefined;
}
