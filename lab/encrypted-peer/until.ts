/** What must be so, at once or soon. */
import { setTimeout as sleep } from "node:timers/promises";

export function insist<T>(value: T | undefined | null, why: string): T {
  if (value === undefined || value === null) throw new Error(why);
  return value;
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds()); await sleep(50)) {
    if (Date.now() > end) throw new Error(`not within 20 s: ${what}`);
  }
}
