/** What a contract case works on: a host, and the means to put something on it that Manchot itself cannot make. */
import type { Host } from "../../src/executor/host/host.ts";
import type { SimulatedDomain } from "../../src/simulator/model.ts";

export type Bench = {
  readonly host: Host;
  /** Makes a filesystem, or a volume of 64 MiB. Its parent exists. */
  makeDataset(name: string, type: "filesystem" | "volume"): Promise<void>;
  setProperty(name: string, property: string, value: string): Promise<void>;
  /** Defines a VM that is off. */
  defineVm(domain: SimulatedDomain): Promise<void>;
  setAutostart(uuid: string): Promise<void>;
  startVm(uuid: string): Promise<void>;
  /** Waits until a VM of the model host has booted. */
  booted(uuid: string): Promise<void>;
  /** Makes the pool `doomed` with `doomed/x` and `doomed/x@one`, and takes its disk away. */
  suspendPool(): Promise<void>;
};

export type Case = {
  readonly title: string;
  /** What came of it: plain data, which is then freed of GUIDs, times and sizes. */
  readonly act: (bench: Bench) => Promise<unknown>;
};

const measured = new Set(["used", "available", "referenced", "size", "allocated", "free", "created", "guid"]);

const spoken = new Set(["stdout", "stderr"]);

/** Replaces what may differ from one machine to another: GUIDs, times and sizes; nothing else. */
export function normalised(value: unknown, key = ""): unknown {
  if (measured.has(key)) return `(${key})`;
  if (typeof value === "string" && spoken.has(key)) return value.replace(/(?<=^|[\t\n])[0-9]+(?=[\t\n]|$)/g, "#");
  if (Array.isArray(value)) return value.map((one) => normalised(one));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, normalised(inner, name)]));
}
