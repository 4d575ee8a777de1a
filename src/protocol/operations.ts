/** The operations: asks (read facts, answer at once) and changes (plan → approvals → apply), with their results. */
import * as z from "zod/mini";
import { dataset, hostFacts, snapshot, vm, vmInfo } from "./facts.ts";
import { noteText, targetName } from "./wire.ts";

const page = { cursor: z.optional(z.string().check(z.maxLength(400))) };
const next = { next: z.optional(z.string()) };

/** Asks: `with` goes in, `value` comes out. Lists are paged: where there is more, `next` is the cursor to ask with. */
export const asks = {
  "host.facts": { with: z.strictObject({}), value: hostFacts },
  "vm.list": { with: z.strictObject({}), value: z.strictObject({ vms: z.array(vm) }) },
  "vm.info": { with: z.strictObject({ vm: targetName }), value: vmInfo },
  "dataset.list": { with: z.strictObject({ ...page }), value: z.strictObject({ datasets: z.array(dataset), ...next }) },
  /** Snapshots of a dataset, or of a VM's disks; the newest first. */
  "snapshot.list": {
    with: z.strictObject({ target: targetName, ...page }),
    value: z.strictObject({ snapshots: z.array(snapshot), ...next }),
  },
} as const;
export type AskName = keyof typeof asks;
export type AskWith<N extends AskName> = z.infer<(typeof asks)[N]["with"]>;
export type AskValue<N extends AskName> = z.infer<(typeof asks)[N]["value"]>;

/** Which moment a snapshot holds. `crash`: as if the power had failed. */
export const consistency = z.enum(["application", "filesystem", "crash"]);

/** Changes: `with` goes in, `result` comes out once it is done. */
export const changes = {
  "zfs.snapshot": {
    with: z.strictObject({
      /** VMs (all their disks) and datasets; all in one atomic command. */
      targets: z.array(targetName).check(z.minLength(1), z.maxLength(50)),
      /** With every descendant of each dataset. */
      recursive: z.optional(z.boolean()),
      note: z.optional(noteText),
    }),
    result: z.strictObject({ snapshots: z.array(snapshot), consistency }),
  },
  /** Stops all changes: what runs is finished, what is queued waits, and nothing else is planned or applied. */
  "executor.pause": { with: z.strictObject({}), result: z.strictObject({ paused: z.boolean() }) },
  "executor.resume": { with: z.strictObject({}), result: z.strictObject({ paused: z.boolean() }) },
} as const;
export type ChangeName = keyof typeof changes;
export type ChangeWith<N extends ChangeName> = z.infer<(typeof changes)[N]["with"]>;
export type ChangeResult<N extends ChangeName> = z.infer<(typeof changes)[N]["result"]>;

/** An executor's class of an operation: what it wants before it acts. See DESIGN, "Trust". */
export const operationClass = z.enum(["ask", "add", "disrupt", "disrupt-for-good", "destroy"]);
export type OperationClass = z.infer<typeof operationClass>;

/** What a class wants before it is applied. */
export const wanted = z.enum(["nothing", "one second factor", "one signature", "signatures of two enrolled persons"]);
export type Wanted = z.infer<typeof wanted>;
