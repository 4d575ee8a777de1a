/** What others sent, as the core wants it: text again. */

/** Undefined for what is nested too deeply to be written, though it could be read. */
export function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
    return undefined;
  }
}
