/**
 * What the executor itself wants before it acts, by an operation's class. The bot's policies may ask for more and never
 * for less: nothing that the bot says can lower these.
 */
import type { OperationClass, Wanted } from "../protocol/operations.ts";

export type Wants = {
  readonly approval: Wanted;
  /** Whether operations of this class count against the rate limit, and wait in a queue above it. */
  readonly rateLimited: boolean;
  /** Whether it is done while a pool has lost a disk and still answers. */
  readonly onDegradedPool: boolean;
  /** Whether targets that the configuration protects (without saying from which class) are open to it. */
  readonly onProtected: boolean;
};

export const classes: Readonly<Record<OperationClass, Wants>> = {
  ask: { approval: "nothing", rateLimited: false, onDegradedPool: true, onProtected: true },
  add: { approval: "nothing", rateLimited: true, onDegradedPool: true, onProtected: true },
  disrupt: { approval: "one second factor", rateLimited: true, onDegradedPool: true, onProtected: false },
  "disrupt-for-good": { approval: "one signature", rateLimited: true, onDegradedPool: false, onProtected: false },
  destroy: {
    approval: "signatures of two enrolled persons",
    rateLimited: true,
    onDegradedPool: false,
    onProtected: false,
  },
};

/** The classes from the mildest to the gravest. */
export const gravity: readonly OperationClass[] = ["ask", "add", "disrupt", "disrupt-for-good", "destroy"];

/** Whether a pool in this health may be written to by this class. Whatever health is not known here: no. */
export function poolAllows(ofClass: OperationClass, health: string): boolean {
  if (ofClass === "ask" || health === "ONLINE") return true;
  // A degraded pool is whole but for its redundancy: a snapshot there costs nothing and may be what is needed most.
  // A suspended or faulted one cannot be written to, and a command on it would hang in the kernel.
  return health === "DEGRADED" && classes[ofClass].onDegradedPool;
}
