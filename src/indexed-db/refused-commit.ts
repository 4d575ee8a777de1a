/** What a user of IndexedDB is told where the file did not take a transaction. */

/** Told each such fault as SQLite put it: IndexedDB itself has but a few names for it. */
export type OnRefused = (fault: Error) => void;

export function refusedWith(fault: unknown, onRefused: OnRefused): DOMException {
  const error = fault instanceof Error ? fault : new Error(String(fault));
  onRefused(error);
  return error instanceof DOMException ? error : new DOMException(error.message, nameOf(error));
}

function nameOf(error: Error): string {
  const code = "code" in error ? String(error.code) : "";
  if (code === "SQLITE_FULL") return "QuotaExceededError";
  // What better-sqlite3 throws at a file that was closed.
  return error instanceof TypeError ? "InvalidStateError" : "UnknownError";
}
