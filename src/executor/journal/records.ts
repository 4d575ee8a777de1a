/**
 * What the journal's records hold, by kind. Each is written by one place and read by one place, {@link fold} of
 * `memory.ts`: what the executor knows is always what it would know after a restart.
 */
import * as z from "zod/mini";
import { factorKind, operation, plan } from "../../protocol/plan.ts";

/** A plan was made and is answered. */
export const planned = z.strictObject({
  identity: z.string(),
  /** SHA-256 of what was asked for: the same id with another body is refused. */
  body: z.string(),
  with: z.unknown(),
  basis: z.array(z.string()),
  /** Everything that must be locked while it runs. */
  locks: z.array(z.string()),
  plan,
});
export type Planned = z.infer<typeof planned>;

/** An operation was accepted: it will be done, now or at `due` (seconds since 1970). */
export const accepted = z.strictObject({ identity: z.string(), due: z.int() });

/** A step is about to run. */
export const begun = z.strictObject({ step: z.int(), argv: z.array(z.string()) });

/** A step's effect stands on the host. `recovered`: found standing after a crash. */
export const stepped = z.strictObject({ step: z.int(), recovered: z.optional(z.boolean()) });

/** An operation came to its end. */
const { result, failure, recovered } = operation.shape;
const state = z.enum(["done", "failed", "expired", "denied", "cancelled"]);
export const ended = z.strictObject({ state, result, failure, recovered });
export type Ended = z.infer<typeof ended>;

/** Somebody said yes to a plan. `factor`: which of theirs it was, never a secret; `steps`: the time steps that a code spent. */
export const approved = z.strictObject({
  identity: z.string(),
  by: z.string(),
  kind: factorKind,
  factor: z.string(),
  steps: z.optional(z.array(z.int())),
});
export type Approved = z.infer<typeof approved>;

/** A code that is not the person's now. The code itself is not kept. */
export const factorWrong = z.strictObject({ identity: z.string(), by: z.string() });

/** A code was seen where it may not be: the time steps that it would have served for. */
export const burnt = z.strictObject({
  identity: z.string(),
  spent: z.array(z.strictObject({ person: z.string(), steps: z.array(z.int()) })),
});

/** Somebody asked that an operation which runs should end between two of its steps. */
export const cancelAsked = z.strictObject({ identity: z.string(), by: z.string() });

/** All changes stop, or go on. */
export const stopped = z.strictObject({ by: z.string() });

/** What the host's file of factors has now, by person: fingerprints, never secrets. `trouble`: it cannot be used. */
export const factorsChanged = z.strictObject({
  persons: z.record(z.string(), z.array(z.string())),
  added: z.array(z.string()),
  removed: z.array(z.string()),
  trouble: z.optional(z.string()),
});
export type FactorsChanged = z.infer<typeof factorsChanged>;
