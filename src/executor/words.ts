/** Words for people on stderr, and an error's own. */

/** Tells whoever started this program. */
export function complain(what: string): void {
  process.stderr.write(`manchot-executor: ${what}\n`);
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** With the place in the code, for faults of our own. */
export function traceOf(error: unknown): string {
  return error instanceof Error && error.stack !== undefined ? error.stack : wordsOf(error);
}
