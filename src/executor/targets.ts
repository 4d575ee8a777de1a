/** From what a person called it to the one thing on the host that it is; a name for two things is nobody's. */
import type { Dataset, Pool, Vm } from "../protocol/facts.ts";
import { oneLine } from "./host/fact.ts";
import type { Host } from "./host/host.ts";
import { listVms } from "./host/libvirt.ts";
import { poolOf } from "./host/names.ts";
import { listDatasets } from "./host/zfs.ts";
import { listPools } from "./host/zpool.ts";
import { nearNames } from "./near.ts";
import { good, type Outcome, refuse } from "./outcome.ts";

/** What stands on the host, read once for all targets of an operation. `dark`: pools that cannot be read, by name. */
export type World = {
  readonly vms: readonly Vm[];
  readonly datasets: readonly Dataset[];
  readonly dark: readonly Pool[];
};

export type Target = { readonly kind: "vm"; readonly vm: Vm } | { readonly kind: "dataset"; readonly dataset: Dataset };

/** Reads what is needed to know these names. libvirt permits no `/` in a name: such a one can only be a dataset. */
export async function readWorld(host: Host, names: readonly string[]): Promise<Outcome<World>> {
  const storage = await readStorage(host);
  if (!storage.ok) return storage;
  const vms = names.every((name) => name.includes("/")) ? good<Vm[]>([]) : await listVms(host);
  if (!vms.ok) return vms;
  return good({ vms: vms.value, ...storage.value });
}

/** All datasets; where they cannot be read at once, pool by pool: a dead pool must not stop work on the others. */
async function readStorage(host: Host): Promise<Outcome<Pick<World, "datasets" | "dark">>> {
  const all = await listDatasets(host);
  if (all.ok) return good({ datasets: all.value, dark: [] });
  const pools = await listPools(host);
  if (!pools.ok) return all;
  const datasets: Dataset[] = [];
  const dark: Pool[] = [];
  for (const pool of pools.value) {
    const own = await listDatasets(host, { under: pool.name });
    if (own.ok) datasets.push(...own.value);
    else dark.push(pool);
  }
  return dark.length === pools.value.length ? all : good({ datasets, dark });
}

/** The VM of this exact UUID or name, or the dataset of this exact name. */
export function resolveTarget(world: World, name: string): Outcome<Target> {
  const vms = world.vms.filter((vm) => vm.name === name || vm.uuid === name.toLowerCase());
  const datasets = world.datasets.filter((dataset) => dataset.name === name);
  const found: Target[] = [
    ...vms.map((vm) => ({ kind: "vm", vm }) as const),
    ...datasets.map((dataset) => ({ kind: "dataset", dataset }) as const),
  ];
  const [target, ...others] = found;
  if (target === undefined) {
    const dark = world.dark.find((pool) => poolOf(name) === pool.name);
    if (dark !== undefined) return refuse("pool-unhealthy", { pool: dark.name, health: dark.health });
    const known = [...world.vms, ...world.datasets].map((one) => one.name);
    return refuse("unknown-target", { name: oneLine(name), near: nearNames(name, known) });
  }
  if (others.length > 0) return refuse("ambiguous-target", { name, meanings: found.map(inWords) });
  return good(target);
}

/**
 * The one VM of this exact name or UUID. Where another VM bears its UUID as a name, none is: libvirt, given a UUID that it
 * does not know any more, would take that other one.
 */
export async function resolveVm(host: Host, name: string): Promise<Outcome<Vm>> {
  const vms = await listVms(host);
  if (!vms.ok) return vms;
  const found = resolveTarget({ vms: vms.value, datasets: [], dark: [] }, name);
  if (!found.ok) return found;
  if (found.value.kind !== "vm") throw new Error("a dataset among VMs");
  const { vm } = found.value;
  const namesake = vms.value.find((other) => other.name.toLowerCase() === vm.uuid);
  if (namesake === undefined) return good(vm);
  const meanings = [vm, namesake].map((one) => inWords({ kind: "vm", vm: one }));
  return refuse("ambiguous-target", { name: oneLine(name), meanings });
}

function inWords(target: Target): string {
  return target.kind === "vm"
    ? `vm ${target.vm.name} ${target.vm.uuid}`
    : `dataset ${target.dataset.name} ${target.dataset.guid}`;
}
