/** The operations: asks (read facts, answer at once) and changes (plan → approvals → apply), with their results. */
import * as z from "zod/mini";
import { dataset, hostFacts, snapshot, vm, vmInfo, vmState } from "./facts.ts";
import { noteText, targetName } from "./wire.ts";

const page = { cursor: z.optional(z.string().check(z.maxLength(400))) };
const next = { next: z.optional(z.string()) };

/** The longest screenshot, in characters of base64: it goes in one line, with room to spare. */
export const maximumScreenshot = 700 * 1024;

/** Asks: `with` goes in, `value` comes out. Lists are paged: where there is more, `next` is the cursor to ask with. */
export const asks = {
  "host.facts": { with: z.strictObject({}), value: hostFacts },
  "vm.list": { with: z.strictObject({}), value: z.strictObject({ vms: z.array(vm) }) },
  "vm.info": { with: z.strictObject({ vm: targetName }), value: vmInfo },
  /** What its screen shows now. */
  "vm.screenshot": {
    with: z.strictObject({ vm: targetName }),
    value: z.strictObject({
      name: z.string(),
      /** When it was taken, in seconds since 1970. */
      taken: z.int(),
      /** A PNG file in base64: it begins with PNG's eight bytes. */
      png: z.string().check(z.maxLength(maximumScreenshot), z.regex(/^iVBORw0KGgo[A-Za-z0-9+/]*={0,2}$/)),
      /** In pixels. */
      width: z.int(),
      height: z.int(),
    }),
  },
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

/** Why a snapshot holds no more than the moment of a power cut, for one of its targets. */
export const whyCrash = z.strictObject({
  /** As the plan names it. */
  target: z.string(),
  because: z.enum([
    "dataset", // no guest writes to it that could be asked to wait
    "no-agent", // no guest agent answers
    "off", // it was off, and is as it was left
    "freeze-failed", // `words` has what libvirt said
    "thawed-early", // its filesystems were not frozen until the end
    "cut-off", // the executor was cut off meanwhile, and does not know for certain
  ]),
  words: z.optional(z.string()),
});
export type WhyCrash = z.infer<typeof whyCrash>;

const vmNow = z.strictObject({ uuid: z.string(), name: z.string(), state: vmState });
/** Seconds that a VM gets to shut down. */
const within = z.int().check(z.minimum(10), z.maximum(3600));

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
    /** `consistency` is that of all of them; `why` it is no better, where it is `crash`. */
    result: z.strictObject({ snapshots: z.array(snapshot), consistency, why: z.optional(z.array(whyCrash)) }),
  },
  "vm.start": { with: z.strictObject({ vm: targetName }), result: vmNow },
  /** The guest shuts itself down, within so many seconds (default 300) or not at all: nothing is forced. */
  "vm.stop": { with: z.strictObject({ vm: targetName, within: z.optional(within) }), result: vmNow },
  /** The same, and started again. */
  "vm.restart": { with: z.strictObject({ vm: targetName, within: z.optional(within) }), result: vmNow },
  /** Whether it starts with the host. */
  "vm.autostart": {
    with: z.strictObject({ vm: targetName, on: z.boolean() }),
    result: z.strictObject({ uuid: z.string(), name: z.string(), autostart: z.boolean() }),
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
