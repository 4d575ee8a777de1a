/** VMs, as libvirt tells them. They are addressed by UUID alone: a VM may be named `1`, or `-x`, or another's UUID. */
import type { Vm, VmState } from "../../protocol/facts.ts";
import { uuidText } from "../../protocol/wire.ts";
import { good, type Outcome } from "../outcome.ts";
import { virsh, virshRead } from "./commands.ts";
import { notUnderstood, output } from "./fact.ts";
import type { Host } from "./host.ts";
import { rows, wholeNumber } from "./rows.ts";

const list = [virsh, ...virshRead, "list", "--all", "--uuid"] as const;
const listNames = [...list, "--name"] as const;
const listAutostart = [...list, "--autostart"] as const;
const stats = [virsh, ...virshRead, "domstats", "--raw", "--nowait", "--state", "--vcpu", "--balloon"] as const;

/** libvirt's numbers of the states, in order. */
const states: readonly VmState[] = [
  "unknown",
  "running",
  "idle",
  "paused",
  "in shutdown",
  "shut off",
  "crashed",
  "pmsuspended",
];

/**
 * All VMs, by name. Three commands whatever their number (`domstats` alone knows neither UUIDs nor autostart; names
 * tie them together, as libvirt lets no two VMs share one, nor a line end be in one). A VM that was made or removed
 * between them is looked for once again; after that it is a failure.
 */
export async function listVms(host: Host): Promise<Outcome<Vm[]>> {
  const first = await listOnce(host);
  return first.ok && first.value === "moved" ? settled(await listOnce(host)) : settled(first);
}

function settled(fact: Outcome<Vm[] | "moved">): Outcome<Vm[]> {
  if (!fact.ok) return fact;
  if (fact.value === "moved") return notUnderstood(stats, "VMs came and went meanwhile");
  return good(fact.value);
}

async function listOnce(host: Host): Promise<Outcome<Vm[] | "moved">> {
  const named = output(listNames, await host.run(listNames));
  if (!named.ok) return named;
  const names = parseVmNames(named.value);
  if (!names.ok) return names;
  const starting = output(listAutostart, await host.run(listAutostart));
  if (!starting.ok) return starting;
  const autostart = new Set(rows(starting.value));
  const measured = output(stats, await host.run(stats));
  if (!measured.ok) return measured;
  const figures = parseVmStats(measured.value);
  if (!figures.ok) return figures;
  if (figures.value.size !== names.value.size) return good("moved");
  const vms: Vm[] = [];
  for (const [uuid, name] of names.value) {
    const found = figures.value.get(name);
    if (found === undefined) return good("moved");
    vms.push({ uuid, name, ...found, autostart: autostart.has(uuid) });
  }
  vms.sort((a, b) => (a.name < b.name ? -1 : 1));
  return good(vms);
}

/** `list --uuid --name`: the UUID, a space, and the rest of the line is the name, its own spaces included. */
export function parseVmNames(text: string): Outcome<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const row of rows(text)) {
    if (row === "") continue;
    const uuid = row.slice(0, 36);
    const name = row.slice(37);
    if (!uuidText.test(uuid) || row[36] !== " " || name === "" || names.has(uuid)) {
      return notUnderstood(listNames, row);
    }
    names.set(uuid, name);
  }
  return good(names);
}

export type VmFigures = Pick<Vm, "state" | "vcpus" | "memory">;

/** `domstats --raw`: a line `Domain: '…'`, and below it `  key=value` lines. */
export function parseVmStats(text: string): Outcome<ReadonlyMap<string, VmFigures>> {
  const vms = new Map<string, VmFigures>();
  let name: string | undefined;
  let values = new Map<string, string>();
  const bad = (what: string) => notUnderstood(stats, what);
  for (const row of [...rows(text), "Domain: ''"]) {
    const title = /^Domain: '(.*)'$/.exec(row)?.[1];
    if (title !== undefined) {
      const figures = readFigures(values);
      if (name !== undefined && (figures === undefined || vms.has(name))) return bad(name);
      if (name !== undefined && figures !== undefined) vms.set(name, figures);
      name = title;
      values = new Map();
      continue;
    }
    const equals = row.indexOf("=");
    if (row !== "" && (name === undefined || equals === -1 || !row.startsWith("  "))) return bad(row);
    values.set(row.slice(2, equals), row.slice(equals + 1));
  }
  return good(vms);
}

function readFigures(values: ReadonlyMap<string, string>): VmFigures | undefined {
  const state = wholeNumber(values.get("state.state"));
  const vcpus = wholeNumber(values.get("vcpu.current"));
  const kibibytes = wholeNumber(values.get("balloon.maximum"));
  if (state === undefined || vcpus === undefined || kibibytes === undefined) return undefined;
  return { state: states[state] ?? "unknown", vcpus, memory: kibibytes * 1024 };
}
