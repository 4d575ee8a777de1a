/** The facts that the executor tells: what stands on the host, in the words of ZFS and libvirt. */
import * as z from "zod/mini";
import { uuidText } from "./wire.ts";

/** GUIDs exceed 2^53: always decimal strings. Sizes are bytes. Times are seconds since 1970, UTC. */
const guid = z.string().check(z.regex(/^[0-9]{1,20}$/));
const bytes = z.int();
const seconds = z.int();

export const pool = z.strictObject({
  name: z.string(),
  guid,
  /** ONLINE, DEGRADED, FAULTED, SUSPENDED, … as zpool says it. */
  health: z.string(),
  size: bytes,
  allocated: bytes,
  free: bytes,
});
export type Pool = z.infer<typeof pool>;

export const dataset = z.strictObject({
  name: z.string(),
  guid,
  type: z.enum(["filesystem", "volume"]),
  used: bytes,
  available: bytes,
  referenced: bytes,
});
export type Dataset = z.infer<typeof dataset>;

export const snapshot = z.strictObject({
  /** The full name, `pool/dataset@snapshot`. */
  name: z.string(),
  guid,
  created: seconds,
  used: bytes,
  referenced: bytes,
  /** The operation that made it (property `manchot:op`), where Manchot did. */
  operation: z.optional(z.string()),
  note: z.optional(z.string()),
});
export type Snapshot = z.infer<typeof snapshot>;

/** libvirt's states of a domain. */
export const vmState = z.enum([
  "running",
  "idle",
  "paused",
  "in shutdown",
  "shut off",
  "crashed",
  "pmsuspended",
  "unknown",
]);
export type VmState = z.infer<typeof vmState>;

export const vm = z.strictObject({
  /** As libvirt has it; not every one keeps to RFC 9562's versions and variants. */
  uuid: z.string().check(z.regex(uuidText)),
  name: z.string(),
  state: vmState,
  vcpus: z.int(),
  /** The most memory that it may have. */
  memory: bytes,
  autostart: z.boolean(),
});
export type Vm = z.infer<typeof vm>;

export const disk = z.strictObject({
  /** The device in the VM: vda, … */
  target: z.string(),
  /** What libvirt has as its source: a path, or empty. */
  source: z.string(),
  /** The ZFS volume behind it, where it is one. */
  dataset: z.optional(z.string()),
  size: z.optional(bytes),
  /** The VM cannot write to it. */
  readOnly: z.optional(z.boolean()),
});
export type Disk = z.infer<typeof disk>;

export const vmInfo = z.strictObject({ ...vm.shape, disks: z.array(disk), guestAgent: z.boolean() });
export type VmInfo = z.infer<typeof vmInfo>;

export const hostFacts = z.strictObject({
  host: z.string(),
  now: seconds,
  pools: z.array(pool),
  vms: z.array(vm),
  /** What could not be read, each in the host's own words: missing data is never shown as good. */
  problems: z.array(z.string()),
  /** Changes are paused: who did it, as the asker told it, and since when. */
  paused: z.optional(z.strictObject({ by: z.string(), at: seconds })),
});
export type HostFacts = z.infer<typeof hostFacts>;
