/** The store's file cannot be used. The message says why, and what to do about it: it is for the person at the console. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}
