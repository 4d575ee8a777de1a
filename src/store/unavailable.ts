/** The store's file cannot be used. The message says why, and what to do about it: it is for the person at the console. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** Whether a call of an open store failed because the disk did not take it: nothing was written, and it may be tried again. */
export const isDiskFault = (fault: unknown): boolean =>
  fault instanceof Error &&
  "code" in fault &&
  typeof fault.code === "string" &&
  /^(SQLITE_(FULL|IOERR.*)|ENOSPC|EDQUOT)$/.test(fault.code);
