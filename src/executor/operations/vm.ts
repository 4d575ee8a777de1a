/** What all operations on one VM share: it is known by its UUID, and locked together with its disks. */
import type { Dataset, VmInfo } from "../../protocol/facts.ts";
import type { Plan } from "../../protocol/plan.ts";
import type { Host } from "../host/host.ts";
import { type VmStatus, vmInfo, vmStatus } from "../host/vm-info.ts";
import { findDataset } from "../host/zfs.ts";
import { good, type Outcome } from "../outcome.ts";
import { resolveVm } from "../targets.ts";
import type { PlanTarget, Survey } from "./kind.ts";

export type VmSurvey = Survey & { readonly vm: VmInfo; readonly persistent: boolean };

/** The states in which a VM takes no memory and no time of the host. */
export function isOff({ state }: Pick<VmStatus, "state">): boolean {
  return state === "shut off";
}

/** The states in which a guest can hear what it is asked. */
export function isAwake({ state }: Pick<VmStatus, "state">): boolean {
  return state === "running" || state === "idle" || state === "in shutdown";
}

/** Its state is no part of the basis: whether it still is to be changed is asked when it is. */
export async function surveyVm(host: Host, { vm: name }: { readonly vm: string }): Promise<Outcome<VmSurvey>> {
  const found = await resolveVm(host, name);
  if (!found.ok) return found;
  const [info, status] = [await vmInfo(host, found.value.uuid), await vmStatus(host, found.value.uuid)];
  if (!info.ok) return info;
  if (!status.ok) return status;
  const vm = info.value;
  const datasets: Dataset[] = [];
  for (const name of new Set(vm.disks.flatMap(({ dataset }) => dataset ?? []))) {
    const dataset = await findDataset(host, name);
    if (!dataset.ok) return dataset;
    datasets.push(dataset.value);
  }
  const target: PlanTarget = { kind: "vm", name: vm.name, id: vm.uuid };
  return good({
    targets: [target],
    touched: [target, ...datasets.map(asTarget)],
    basis: [...basisOf(vm), ...datasets.map(inBasis)].sort(),
    remarks: [],
    vm,
    persistent: status.value.persistent,
  });
}

/** Who a VM is, and what its disks are. */
export function basisOf(vm: VmInfo): string[] {
  const who = `vm ${vm.uuid} ${JSON.stringify(vm.name)}`;
  const disks = vm.disks.map(({ target, dataset, source }) => {
    return `disk ${target} of vm ${vm.uuid}: ${dataset ?? JSON.stringify(source)}`;
  });
  return [who, ...disks];
}

export function asTarget({ name, guid }: Dataset): PlanTarget {
  return { kind: "dataset", name, id: guid };
}

export function inBasis({ name, guid, type }: Dataset): string {
  return `${type} ${name} ${guid}`;
}

/** The VM that a plan of these kinds is for. Throws where it is for none. */
export function vmOf(plan: Plan): PlanTarget {
  const target = plan.targets.find(({ kind }) => kind === "vm");
  if (target === undefined) throw new Error(`the plan ${plan.id} is for no VM`);
  return target;
}

/** How the plan's VM stands now, as it is told in a result. */
export async function standingOf(host: Host, plan: Plan) {
  const { id: uuid, name } = vmOf(plan);
  const status = await vmStatus(host, uuid);
  return status.ok ? good({ uuid, name, ...status.value }) : status;
}
