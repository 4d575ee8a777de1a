/** Facts and results as lines of plain text. What others named is stripped of control characters first. */
import type { Dataset, HostFacts, Snapshot, Vm, VmInfo } from "../../protocol/facts.ts";
import { changes } from "../../protocol/operations.ts";
import type { Operation } from "../../protocol/plan.ts";
import type { Failure } from "../../protocol/wire.ts";
import { oneLine } from "../host/fact.ts";
import { utc } from "../plan-text.ts";

export function factLines({ host, now, pools, vms, problems }: HostFacts): string[] {
  return [
    `${host}, ${utc(now)}`,
    ...table(pools.map(({ name, health, size, free }) => [name, health, `${bytes(free)} free of ${bytes(size)}`])),
    ...vmLines(vms),
    ...problems.map((problem) => `NOT READ: ${oneLine(problem)}`),
  ];
}

export function vmLines(vms: readonly Vm[]): string[] {
  return table(vms.map(({ name, state, vcpus, memory, uuid }) => [name, state, `${vcpus} vcpu`, bytes(memory), uuid]));
}

export function vmInfoLines(vm: VmInfo): string[] {
  return [
    ...vmLines([vm]),
    `autostart: ${vm.autostart ? "yes" : "no"}, guest agent: ${vm.guestAgent ? "yes" : "no"}`,
    ...table(vm.disks.map((disk) => [disk.target, disk.dataset ?? `${disk.source} (no ZFS volume)`, size(disk.size)])),
  ];
}

export function datasetLines(datasets: readonly Dataset[]): string[] {
  return table(
    datasets.map(({ name, type, used, available }) => [name, type, bytes(used), `${bytes(available)} free`]),
  );
}

export function snapshotLines(snapshots: readonly Snapshot[]): string[] {
  return table(snapshots.map(({ name, created, used, note }) => [name, utc(created), bytes(used), note ?? ""]));
}

export function operationLines(operation: Operation): string[] {
  const {
    id,
    state,
    step,
    steps,
    queuedUntil,
    waitingFor = [],
    paused,
    cancelAsked,
    progress,
    result,
    failure,
    recovered,
  } = operation;
  const until = queuedUntil === undefined ? "" : `, above the rate limit: it runs at ${utc(queuedUntil)}`;
  const after = recovered === true ? ", after the executor was cut off in it" : "";
  return [
    `${id}: ${state}, step ${step} of ${steps}${until}${after}`,
    ...waitingFor.map(({ request, person }) => `waits for request ${request}, asked by ${oneLine(person)}`),
    ...(paused === true ? ["waits until changes are resumed: manchot-executor resume"] : []),
    ...(progress === undefined ? [] : [progressLine(progress)]),
    ...(cancelAsked === undefined ? [] : [cancelLine(cancelAsked.by, state)]),
    ...(failure === undefined ? [] : [failureLine(failure)]),
    ...resultLines(operation.do, result),
  ];
}

export function progressLine({ state, until }: NonNullable<Operation["progress"]>): string {
  return `the VM is "${state}" now; it has until ${utc(until)}`;
}

function cancelLine(by: string, state: Operation["state"]): string {
  const told = { running: "it ends before its next step, where there is one", cancelled: "in time" }[String(state)];
  return `${oneLine(by)} asked to cancel it: ${told ?? "too late"}`;
}

function resultLines(what: string, result: unknown): string[] {
  if (result === undefined || what !== "zfs.snapshot") return [];
  const { snapshots, consistency } = changes["zfs.snapshot"].result.parse(result);
  return [...snapshotLines(snapshots), `${consistency}-consistent`];
}

export function failureLine({ reason, detail }: Failure): string {
  const parts = Object.entries(detail).map(([key, value]) => `${key}: ${oneLine([value].flat().join(", "))}`);
  const mend = mends[reason];
  return `${reason}${parts.length === 0 ? "" : ` (${parts.join("; ")})`}${mend === undefined ? "" : `. Mend it: ${mend}`}`;
}

const mends: { readonly [R in Failure["reason"]]?: string } = {
  "disk-outside":
    "move the disk to a ZFS volume, or start the libvirt pool that it is in; or take snapshots of the datasets by name",
  "pool-not-served": "manchot-executor setup --apply --pool POOL",
  paused: "manchot-executor resume",
  "factor-unknown": "manchot-executor enrol-factor PERSON; or give --person NAME, one who is enrolled",
};

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((cells) => cells.map((cell) => oneLine(cell)));
  const widths: number[] = [];
  for (const cells of clean) {
    cells.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
    });
  }
  return clean.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function size(of: number | undefined): string {
  return of === undefined ? "" : bytes(of);
}

const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
