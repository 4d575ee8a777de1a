/** A plan: what a change would do, named to the last GUID, before it is done. And an operation: a plan on its way. */
import * as z from "zod/mini";
import { vmState } from "./facts.ts";
import { changes, operationClass } from "./operations.ts";
import { failure, operationId, origin } from "./wire.ts";

export const planTarget = z.strictObject({
  kind: z.enum(["vm", "dataset"]),
  name: z.string(),
  /** A VM's UUID, or a dataset's GUID. */
  id: z.string(),
});

/** A guest that holds still while a step runs: frozen right before it, thawed right after it, whatever became of it. */
export const planHold = z.strictObject({
  /** The VM's UUID. */
  vm: z.string(),
  take: z.array(z.string()),
  release: z.array(z.string()),
});
export type PlanHold = z.infer<typeof planHold>;

export const planStep = z.strictObject({
  /** In plain English, for the canonical text. */
  what: z.string(),
  /** What will be run, to the letter. */
  argv: z.array(z.string()),
  holds: z.optional(z.array(planHold)),
});

export const plan = z.strictObject({
  id: operationId,
  host: z.string(),
  do: z.enum(Object.keys(changes) as [keyof typeof changes]),
  class: operationClass,
  origin,
  targets: z.array(planTarget),
  steps: z.array(planStep),
  /** Full names of the snapshots it will make. */
  makes: z.array(z.string()),
  /** Seconds since 1970. */
  created: z.int(),
  expires: z.int(),
  nonce: z.string(),
  /** The executor's own canonical text of all the above: what people read and signatures cover. */
  text: z.string(),
  /** SHA-256 of `text`, hexadecimal. */
  hash: z.string(),
});
export type Plan = z.infer<typeof plan>;

export const operationState = z.enum(["planned", "queued", "running", "done", "failed", "expired"]);

export const operation = z.strictObject({
  id: operationId,
  do: z.string(),
  state: operationState,
  /** Steps begun, and steps in all. */
  step: z.int(),
  steps: z.int(),
  /** While queued by the rate limit: when it will run, seconds since 1970. */
  queuedUntil: z.optional(z.int()),
  /** While it waits for a VM: the state that this is in, and until when it waits, in seconds since 1970. */
  progress: z.optional(z.strictObject({ state: vmState, until: z.int() })),
  started: z.optional(z.int()),
  ended: z.optional(z.int()),
  /** Of the change's own result schema, once `done`. */
  result: z.optional(z.unknown()),
  failure: z.optional(failure),
  /** It was cut by a crash of the executor and finished, or found finished, afterwards. */
  recovered: z.optional(z.boolean()),
});
export type Operation = z.infer<typeof operation>;

/** One journalled event of an operation, for `why`. */
export const journalEntry = z.strictObject({
  seq: z.int(),
  at: z.int(),
  kind: z.string(),
  detail: z.looseObject({}),
});
export type JournalEntry = z.infer<typeof journalEntry>;
