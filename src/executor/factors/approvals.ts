/** Whether what was given is enough for what a class wants. Pure: what a factor is worth, and nothing of whether it is good. */
import type { OperationClass } from "../../protocol/operations.ts";
import type { Approvals, FactorKind } from "../../protocol/plan.ts";
import { classes } from "../classes.ts";

export type Given = Approvals["given"][number];

/** From the least to the weightiest. A yes at the host's terminal is that person's signature. */
const weights: readonly FactorKind[] = ["totp", "signature", "host"];

/** Whether one approval of this kind counts for anything in this class: a code, bound to no plan, for what can be undone only. */
export function serves(ofClass: OperationClass, kind: FactorKind): boolean {
  if (kind !== "totp") return true;
  const { approval } = classes[ofClass];
  return approval === "nothing" || approval === "one second factor";
}

/**
 * `signers`: how many persons have enrolled a key; undefined where that is not known. Where it is one, two cannot be had:
 * then a yes at the host's own terminal is enough, and nothing less.
 */
export function isEnough(ofClass: OperationClass, given: readonly Given[], signers: number | undefined): boolean {
  const counted = given.filter(({ kind }) => serves(ofClass, kind));
  switch (classes[ofClass].approval) {
    case "nothing":
      return true;
    case "one second factor":
    case "one signature":
      return counted.length > 0;
    case "signatures of two enrolled persons": {
      if (new Set(counted.map(({ person }) => person)).size >= 2) return true;
      return signers !== undefined && signers < 2 && counted.some(({ kind }) => kind === "host");
    }
  }
}

/** One entry a person, the weightiest and first of theirs: two of one person are one. */
export function byPerson(given: readonly Given[]): Given[] {
  const best = new Map<string, Given>();
  for (const one of given) {
    const before = best.get(one.person);
    if (before === undefined || weights.indexOf(before.kind) < weights.indexOf(one.kind)) best.set(one.person, one);
  }
  return [...best.values()];
}
