/** One transaction of IndexedDB, followed to its end: committed to the file before it is complete, or undone. */
import type { Commits } from "./commit.ts";
import type { RawDatabase, Transaction } from "./fake.ts";
import { type OnRefused, refusedWith } from "./refused-commit.ts";

export function follow(database: RawDatabase, transaction: Transaction, commits: Commits, onRefused: OnRefused): void {
  if (transaction.mode === "readonly") return;
  const dispatch = transaction.dispatchEvent.bind(transaction);
  const abort = transaction._abort.bind(transaction);
  let undone = false;

  transaction._abort = (errorName) => {
    // A listener of an error that aborts, and then the error itself that nobody prevented: it is undone once.
    if (undone) return;
    undone = true;
    abort(errorName);
    try {
      commits.undo(database, transaction);
    } catch (fault) {
      refusedWith(fault, onRefused);
    }
  };

  transaction.dispatchEvent = (event) => {
    if (event.type !== "complete") return dispatch(event);
    try {
      commits.commit(database, transaction);
    } catch (fault) {
      const error = refusedWith(fault, onRefused);
      transaction._state = "active";
      transaction._abort(error.name);
      transaction.error = error;
      return false;
    }
    return dispatch(event);
  };
}
