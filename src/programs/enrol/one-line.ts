/** What others wrote, for a terminal: one short line that nothing hides in. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{C}\s]+/gu, " ")
    .slice(0, 80)
    .trim();
}
