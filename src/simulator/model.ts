/** What the simulated hypervisor holds. It is plain JSON, so that it can be kept in a file. */
import { createHash } from "node:crypto";

export type SimulatedSnapshot = {
  /** The part after `@`. */
  readonly name: string;
  readonly guid: string;
  /** The transaction group that made it: snapshots of one command share it. */
  readonly transaction: number;
  /** Seconds since 1970. */
  readonly created: number;
  readonly used: number;
  readonly referenced: number;
  /** User properties, `module:name`. */
  readonly properties: Readonly<Record<string, string>>;
};

export type SimulatedDataset = {
  readonly name: string;
  readonly guid: string;
  readonly type: "filesystem" | "volume";
  readonly used: number;
  readonly referenced: number;
  /** Of a volume: what the VM sees, in bytes. */
  readonly volumeSize?: number;
  readonly properties: Readonly<Record<string, string>>;
  snapshots: SimulatedSnapshot[];
};

export type SimulatedPool = {
  readonly name: string;
  readonly guid: string;
  health: string;
  readonly size: number;
  readonly allocated: number;
  /** Nothing more can be written to it. */
  full: boolean;
};

export type SimulatedDisk = {
  readonly target: string;
  readonly device: "disk" | "cdrom";
  readonly readOnly?: boolean;
  readonly source: { readonly dev: string } | { readonly file: string } | Readonly<Record<"pool" | "volume", string>>;
};

/** In libvirt's order of state numbers. */
export const domainStates = [
  "no state",
  "running",
  "idle",
  "paused",
  "in shutdown",
  "shut off",
  "crashed",
  "pmsuspended",
] as const;

export type SimulatedDomain = {
  readonly uuid: string;
  readonly name: string;
  readonly state: (typeof domainStates)[number];
  readonly vcpus: number;
  readonly memoryKiB: number;
  readonly autostart: boolean;
  /** `connected` while it runs; a guest that is off has none. */
  readonly agent: "none" | "connected" | "disconnected";
  readonly disks: readonly SimulatedDisk[];
  /** libvirt forgets it once it is off. */
  readonly transient?: boolean;
  /** What its guest does with a request to shut down; default: it heeds both. */
  readonly heeds?: "both" | "agent" | "button" | "nothing";
  /** How long its guest takes to shut down, in milliseconds; default 0. */
  readonly shutdownMs?: number;
  /** Filesystems that its agent has frozen. */
  readonly frozen?: number;
  /** When a shutdown under way ends it, or a reboot has brought it back: milliseconds since 1970. */
  readonly offAt?: number;
  readonly backAt?: number;
  readonly addresses?: readonly { readonly address: string; readonly prefix: number; readonly mac: string }[];
};

export type Model = {
  /** The last transaction group. */
  transaction: number;
  pools: SimulatedPool[];
  /** A parent stands before what is below it. */
  datasets: SimulatedDataset[];
  domains: SimulatedDomain[];
};

/** A GUID that is the same for the same words in every run. */
export function steadyGuid(words: string): string {
  return createHash("sha256").update(words).digest().readBigUInt64BE().toString();
}

/** A UUID that is the same for the same words in every run. */
export function steadyUuid(words: string): string {
  const hex = createHash("sha256").update(words).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
