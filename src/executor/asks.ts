/** The asks: facts of the host, answered at once. Long lists come in pages. */
import type { Dataset, HostFacts, Snapshot, VmInfo } from "../protocol/facts.ts";
import { type AskName, type AskValue, type AskWith, asks } from "../protocol/operations.ts";
import { maximumLine, maximumPage } from "../protocol/wire.ts";
import { vmAddresses } from "./host/addresses.ts";
import type { Host } from "./host/host.ts";
import { listVms } from "./host/libvirt.ts";
import { screenshot } from "./host/screenshot.ts";
import { listSnapshotsOfDatasets } from "./host/snapshots.ts";
import { vmInfo } from "./host/vm-info.ts";
import { listDatasets } from "./host/zfs.ts";
import { listPools } from "./host/zpool.ts";
import { good, type Outcome, refuse } from "./outcome.ts";
import { readWorld, resolveTarget, resolveVm } from "./targets.ts";

/** Bytes of JSON that one page may have: a note of somebody else may be long, and a line has a limit. */
const pageBytes = maximumLine / 2;

type Answers = { [N in AskName]: (host: Host, given: AskWith<N>, name: string) => Promise<Outcome<AskValue<N>>> };

const answers: Answers = {
  "host.facts": async (host, _given, name) => good(await hostFacts(host, name)),
  "vm.list": async (host) => {
    const vms = await listVms(host);
    return vms.ok ? good({ vms: vms.value }) : vms;
  },
  "vm.info": (host, { vm }) => oneVm(host, vm),
  "vm.screenshot": (host, { vm }) => screenOf(host, vm),
  "dataset.list": datasets,
  "snapshot.list": snapshots,
};

/** Answers one ask; `given` is checked here. `name`: the host's. */
export async function answerAsk(host: Host, what: AskName, given: unknown, name: string): Promise<Outcome<unknown>> {
  const checked = asks[what].with.safeParse(given);
  if (!checked.success) return refuse("malformed", { do: what });
  const answer: (host: Host, given: never, name: string) => Promise<Outcome<unknown>> = answers[what];
  return answer(host, checked.data as never, name);
}

/** What can be read is told, and what cannot is named: libvirt's silence must not hide a sick pool. */
async function hostFacts(host: Host, name: string): Promise<HostFacts> {
  const [pools, vms] = await Promise.all([listPools(host), listVms(host)]);
  return {
    host: name,
    now: Math.floor(host.now() / 1000),
    pools: pools.ok ? pools.value : [],
    vms: vms.ok ? vms.value : [],
    problems: [pools, vms].flatMap((fact) => (fact.ok ? [] : [Object.values(fact.failure.detail).join(": ")])),
  };
}

async function oneVm(host: Host, name: string): Promise<Outcome<VmInfo>> {
  const found = await resolveVm(host, name);
  if (!found.ok) return found;
  const info = await vmInfo(host, found.value.uuid);
  if (!info.ok) return info;
  const addresses = await vmAddresses(host, info.value);
  return good({ ...info.value, ...(addresses === undefined ? {} : { addresses }) });
}

async function screenOf(host: Host, name: string): Promise<Outcome<AskValue<"vm.screenshot">>> {
  const found = await resolveVm(host, name);
  if (!found.ok) return found;
  if (found.value.state === "shut off") return refuse("wrong-state", { vm: found.value.name, state: "shut off" });
  const picture = await screenshot(host, found.value.uuid);
  if (!picture.ok) return refuse(picture.failure.reason, { ...picture.failure.detail, vm: found.value.name });
  const { png, width, height } = picture.value;
  const taken = Math.floor(host.now() / 1000);
  return good({ name: found.value.name, taken, png: png.toString("base64"), width, height });
}

async function datasets(host: Host, { cursor }: AskWith<"dataset.list">): Promise<Outcome<AskValue<"dataset.list">>> {
  const all = await listDatasets(host);
  if (!all.ok) return all;
  const ordered = [...all.value].sort((a, b) => (a.name < b.name ? -1 : 1));
  const rest = cursor === undefined ? ordered : ordered.filter(({ name }) => name > cursor);
  const { page, last } = cut<Dataset>(rest);
  return good({ datasets: page, ...(last === undefined ? {} : { next: last.name }) });
}

async function snapshots(host: Host, given: AskWith<"snapshot.list">): Promise<Outcome<AskValue<"snapshot.list">>> {
  const names = await datasetsBehind(host, given.target);
  if (!names.ok) return names;
  const all = await listSnapshotsOfDatasets(host, names.value);
  if (!all.ok) return all;
  const { page, last } = cut<Snapshot>(after(all.value, given.cursor));
  return good({ snapshots: page, ...(last === undefined ? {} : { next: `${last.created}-${last.guid}` }) });
}

async function datasetsBehind(host: Host, target: string): Promise<Outcome<string[]>> {
  const world = await readWorld(host, [target]);
  if (!world.ok) return world;
  const found = resolveTarget(world.value, target);
  if (!found.ok) return found;
  if (found.value.kind === "dataset") return good([found.value.dataset.name]);
  const info = await vmInfo(host, found.value.vm.uuid);
  if (!info.ok) return info;
  const names = info.value.disks.flatMap(({ dataset }) => dataset ?? []);
  return names.length > 0 ? good([...new Set(names)]) : refuse("no-disks", { vm: info.value.name });
}

/** What follows the cursor's snapshot; where that one was destroyed meanwhile, what is no newer than it was. */
function after(all: readonly Snapshot[], cursor: string | undefined): readonly Snapshot[] {
  if (cursor === undefined) return all;
  const [created, guid] = cursor.split("-");
  const at = all.findIndex((snapshot) => snapshot.guid === guid);
  return at >= 0 ? all.slice(at + 1) : all.filter((snapshot) => snapshot.created <= Number(created));
}

/** The first page, and its last item where more follow. */
function cut<T>(items: readonly T[]): { page: T[]; last: T | undefined } {
  let bytes = 0;
  let count = 0;
  for (const item of items.slice(0, maximumPage)) {
    bytes += Buffer.byteLength(JSON.stringify(item));
    if (bytes > pageBytes && count > 0) break;
    count++;
  }
  const page = items.slice(0, count);
  return { page, last: count < items.length ? page.at(-1) : undefined };
}
