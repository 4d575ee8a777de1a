/**
 * `zfs.snapshot`: VMs (all their disks) and datasets at one moment, in one atomic command. A VM whose agent answers holds
 * still meanwhile; how well what was taken holds together is told from what really happened.
 */
import type { Dataset, VmInfo } from "../../protocol/facts.ts";
import type { ChangeResult, ChangeWith, WhyCrash } from "../../protocol/operations.ts";
import type { Plan, PlanHold } from "../../protocol/plan.ts";
import { sha256 } from "../canonical.ts";
import { virsh, virshWrite } from "../host/commands.ts";
import { oneLine } from "../host/fact.ts";
import type { Host } from "../host/host.ts";
import { isSnapshotName, maximumName, poolOf } from "../host/names.ts";
import { findSnapshots, snapshotArgv } from "../host/snapshots.ts";
import { vmInfo, vmStatus } from "../host/vm-info.ts";
import { good, type Outcome, refuse } from "../outcome.ts";
import { readWorld, resolveTarget, type World } from "../targets.ts";
import type { Draft, Held, Kind, PlanTarget, Reality, Survey } from "./kind.ts";
import { asTarget, basisOf, inBasis, isAwake, isOff } from "./vm.ts";

type With = ChangeWith<"zfs.snapshot">;

/** What one of the names stands for: the target, its datasets, and its disks that no snapshot can hold. */
type Ground = {
  readonly target: PlanTarget;
  readonly datasets: readonly Dataset[];
  readonly basis: readonly string[];
  readonly remarks: readonly string[];
  /** The VM, where its agent can be asked to hold it still. */
  readonly quiet?: VmInfo;
};

/** `quiet`: the VMs whose agents can be asked to hold them still. */
type SnapshotSurvey = Survey & { readonly quiet: readonly VmInfo[] };

export const snapshot: Kind<"zfs.snapshot", SnapshotSurvey> = {
  class: "add",
  stepTimeoutMs: 120_000,
  survey,
  draft,
  reality,
};

async function survey(host: Host, given: With): Promise<Outcome<SnapshotSurvey>> {
  const world = await readWorld(host, given.targets);
  if (!world.ok) return world;
  const grounds: Ground[] = [];
  for (const name of given.targets) {
    const ground = await groundOf(host, world.value, name, given.recursive === true);
    if (!ground.ok) return ground;
    if (grounds.every(({ target }) => target.id !== ground.value.target.id)) grounds.push(ground.value);
  }
  const targets = grounds.map(({ target }) => target);
  const datasets = grounds.flatMap((ground) => ground.datasets.map(asTarget));
  const touched = [
    ...new Map([...targets, ...datasets].map((target) => [`${target.kind} ${target.id}`, target])).values(),
  ];
  return good({
    targets,
    touched,
    basis: [...new Set(grounds.flatMap(({ basis }) => basis))].sort(),
    remarks: grounds.flatMap(({ remarks }) => remarks),
    quiet: grounds.flatMap(({ quiet }) => quiet ?? []),
  });
}

async function groundOf(host: Host, world: World, name: string, recursive: boolean): Promise<Outcome<Ground>> {
  const found = resolveTarget(world, name);
  if (!found.ok) return found;
  if (found.value.kind === "dataset") {
    const { dataset } = found.value;
    const datasets = recursive ? withDescendants(world, dataset) : [dataset];
    return good({ target: asTarget(dataset), datasets, basis: datasets.map(inBasis), remarks: [] });
  }
  const info = await vmInfo(host, found.value.vm.uuid);
  return info.ok ? groundOfVm(world, info.value, recursive) : info;
}

function groundOfVm(world: World, vm: VmInfo, recursive: boolean): Outcome<Ground> {
  const datasets: Dataset[] = [];
  const basis = basisOf(vm);
  const remarks: string[] = [];
  const outside: string[] = [];
  for (const disk of vm.disks) {
    const dataset = world.datasets.find(({ name }) => name === disk.dataset);
    if (dataset !== undefined) {
      datasets.push(...(recursive ? withDescendants(world, dataset) : [dataset]));
    } else if (disk.readOnly === true) {
      remarks.push(`not in it: disk ${disk.target} of vm ${oneLine(vm.name)} (${oneLine(disk.source)}), read-only`);
    } else outside.push(`${disk.target} (${oneLine(disk.source)})`);
  }
  if (datasets.length === 0) return refuse("no-disks", { vm: vm.name });
  // What is told as a snapshot of the VM must hold all that the VM has written.
  if (outside.length > 0) return refuse("disk-outside", { vm: vm.name, disks: outside });
  const pools = [...new Set(datasets.map(({ name }) => poolOf(name)))];
  if (pools.length > 1) return refuse("several-pools", { target: vm.name, pools });
  basis.push(...datasets.map(inBasis));
  const quiet = vm.guestAgent && isAwake(vm) ? { quiet: vm } : {};
  return good({ target: { kind: "vm", name: vm.name, id: vm.uuid }, datasets, basis, remarks, ...quiet });
}

function withDescendants(world: World, dataset: Dataset): Dataset[] {
  return [dataset, ...world.datasets.filter(({ name }) => name.startsWith(`${dataset.name}/`))];
}

/** Every dataset is named in the command, those found by recursion too, so that what is done is what was planned. */
function draft(survey: SnapshotSurvey, given: With, id: string, created: number): Outcome<Draft> {
  const datasets = survey.touched.filter(({ kind }) => kind === "dataset").map(({ name }) => name);
  const pools = [...new Set(datasets.map(poolOf))];
  // Checked for all together: what lies on two pools cannot be held at one moment.
  if (pools.length > 1) return refuse("several-pools", { target: given.targets.join(", "), pools });
  const makes = datasets.map((dataset) => `${dataset}@${snapshotName(id, created)}`);
  const unfit = makes.find((name) => !isSnapshotName(name));
  if (unfit !== undefined) {
    return refuse("limit", { what: "name-length", wanted: Buffer.byteLength(unfit), maximum: maximumName });
  }
  const argv = snapshotArgv({
    snapshots: makes,
    operation: id,
    ...(given.note === undefined ? {} : { note: given.note }),
  });
  const count = makes.length === 1 ? "take one snapshot" : `take ${makes.length} snapshots at one moment`;
  const holds = survey.quiet.map(holdOf);
  return good({
    steps: [{ what: `${count}, ${inWords(survey)}`, argv, ...(holds.length === 0 ? {} : { holds }) }],
    makes,
  });
}

function inWords({ quiet, targets }: SnapshotSurvey): string {
  const crash = "crash-consistent: as if the power had failed";
  if (quiet.length === 0) return crash;
  const names = quiet.map(({ name }) => JSON.stringify(oneLine(name))).join(", ");
  const rest = quiet.length < targets.length ? `; the other targets are ${crash}` : "";
  return `while the filesystems of ${names} hold still (a minute at most), where they do; else ${crash}${rest}`;
}

function holdOf({ uuid }: VmInfo): PlanHold {
  return {
    vm: uuid,
    take: [virsh, ...virshWrite, "domfsfreeze", uuid],
    release: [virsh, ...virshWrite, "domfsthaw", uuid],
  };
}

/** `manchot_<class>_<UTC>Z_<8 hex of the operation id's hash>`: other tools' snapshots are never mistaken for ours. */
function snapshotName(id: string, created: number): string {
  const utc = new Date(created * 1000).toISOString().slice(0, 19).replace(/[-:]/g, "");
  return `manchot_${snapshot.class}_${utc}Z_${sha256(id).slice(0, 8)}`;
}

async function reality(
  host: Host,
  plan: Plan,
  _step: number,
  held?: readonly Held[],
): Promise<Outcome<Reality<ChangeResult<"zfs.snapshot">>>> {
  const sought = await findSnapshots(host, plan.makes);
  if (!sought.ok) return sought;
  // Another's snapshot under our name is none of ours: the command has failed then.
  const snapshots = sought.value.flatMap(({ found }) => (found?.operation === plan.id ? [found] : []));
  if (snapshots.length !== plan.makes.length) return good({ stands: snapshots.length === 0 ? "none" : "some" });
  const why: WhyCrash[] = [];
  for (const target of plan.targets) {
    const reason = await whyNoBetter(host, plan, target, held);
    if (reason !== undefined) why.push({ target: target.name, ...reason });
  }
  if (why.length === 0) return good({ stands: "all", result: { snapshots, consistency: "filesystem" } });
  return good({ stands: "all", result: { snapshots, consistency: "crash", why } });
}

/** Why what was taken of this target is no more than crash-consistent, or nothing. */
async function whyNoBetter(
  host: Host,
  plan: Plan,
  { kind, id }: PlanTarget,
  held: readonly Held[] | undefined,
): Promise<Omit<WhyCrash, "target"> | undefined> {
  if (kind === "dataset") return { because: "dataset" };
  if (plan.steps[0]?.holds?.some(({ vm }) => vm === id) !== true) {
    return { because: (await isOffNow(host, id)) ? "off" : "no-agent" };
  }
  const own = held?.find(({ vm }) => vm === id);
  if (own === undefined) return { because: "cut-off" };
  if (own.still) return undefined;
  // It shut down between the plan and the snapshot: there was nothing to hold still.
  if (!own.taken && (await isOffNow(host, id))) return { because: "off" };
  const words = own.words === undefined ? {} : { words: own.words };
  return { because: own.taken ? "thawed-early" : "freeze-failed", ...words };
}

async function isOffNow(host: Host, uuid: string): Promise<boolean> {
  const status = await vmStatus(host, uuid);
  return status.ok && isOff(status.value);
}
