/** What the executor does for nobody, whoever approved it: protected targets, and numbers that no plan may exceed. */
import type { Pool } from "../protocol/facts.ts";
import type { OperationClass } from "../protocol/operations.ts";
import type { Failure } from "../protocol/wire.ts";
import { classes, gravity, poolAllows } from "./classes.ts";
import { poolOf } from "./host/names.ts";
import type { PlanTarget } from "./operations/kind.ts";

/** A protected target by name, UUID or GUID; a dataset's name stands for all below it too. */
export type Protection = {
  readonly target: string;
  /** The mildest class that is refused; where it is not said, everything graver than `add`. */
  readonly from?: OperationClass;
};

export type Rails = {
  /** The pools in which anything may be changed; where it is not said, all. */
  readonly pools?: readonly string[] | undefined;
  readonly protected: readonly Protection[];
  /** Of one operation. `vms` counts for classes graver than `add` only. */
  readonly maximum: { readonly vms: number; readonly snapshots: number };
};

export type Intended = {
  readonly class: OperationClass;
  /** Everything that it touches: VMs and datasets, those that a VM's disks are and those that recursion finds too. */
  readonly touched: readonly PlanTarget[];
  /** Full names of the snapshots that it makes. */
  readonly makes: readonly string[];
};

/** Why these guard rails stop it, or nothing. */
export function stoppedBy(rails: Rails, intended: Intended): Failure | undefined {
  return outOfPools(rails, intended) ?? protectedBy(rails.protected, intended) ?? tooMuch(rails.maximum, intended);
}

function outOfPools({ pools }: Rails, { touched }: Intended): Failure | undefined {
  const strange = touched.find(({ kind, name }) => kind === "dataset" && pools?.includes(poolOf(name)) === false);
  return strange && { reason: "pool-not-served", detail: { pool: poolOf(strange.name), target: strange.name } };
}

function protectedBy(protections: readonly Protection[], { class: ofClass, touched }: Intended): Failure | undefined {
  for (const protection of protections) {
    if (!covers(protection, ofClass)) continue;
    const hit = touched.find((target) => isMeant(protection.target, target));
    if (hit !== undefined) {
      return { reason: "protected", detail: { target: hit.name, rule: protection.target, class: ofClass } };
    }
  }
  return undefined;
}

function covers({ from }: Protection, ofClass: OperationClass): boolean {
  if (from === undefined) return !classes[ofClass].onProtected;
  return gravity.indexOf(ofClass) >= gravity.indexOf(from);
}

function isMeant(protectedName: string, { kind, name, id }: PlanTarget): boolean {
  if (name === protectedName || id.toLowerCase() === protectedName.toLowerCase()) return true;
  return kind === "dataset" && name.startsWith(`${protectedName}/`);
}

function tooMuch(maximum: Rails["maximum"], { class: ofClass, touched, makes }: Intended): Failure | undefined {
  const vms = touched.filter(({ kind }) => kind === "vm").length;
  if (gravity.indexOf(ofClass) > gravity.indexOf("add") && vms > maximum.vms) {
    return { reason: "limit", detail: { what: "vms", wanted: vms, maximum: maximum.vms } };
  }
  if (makes.length > maximum.snapshots) {
    return { reason: "limit", detail: { what: "snapshots", wanted: makes.length, maximum: maximum.snapshots } };
  }
  return undefined;
}

/** The health of a pool that is not there. */
export const notImported = "not imported";

/** Why the pools of these datasets, or snapshots, cannot be written to now, or nothing. A pool that is not listed cannot be. */
export function unfitPool(
  ofClass: OperationClass,
  names: readonly string[],
  pools: readonly Pool[],
): Failure | undefined {
  for (const name of new Set(names.map(poolOf))) {
    const health = pools.find((pool) => pool.name === name)?.health ?? notImported;
    if (!poolAllows(ofClass, health)) return { reason: "pool-unhealthy", detail: { pool: name, health } };
  }
  return undefined;
}
