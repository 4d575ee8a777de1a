/** A plan: what a change would do, named to the last GUID, before it is done. And an operation: a plan on its way. */
import * as z from "zod/mini";
import { vmState } from "./facts.ts";
import { changes, operationClass, wanted } from "./operations.ts";
import { failure, operationId, origin, personName } from "./wire.ts";

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
  /** The approvals that its class wants before it can be applied; where it is not said, nothing. */
  wants: z.optional(wanted),
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

/** What stands below the text in what a person signs: `ssh-keygen -Y sign -n manchot`. */
export const signatureNamespace = "manchot";

/** Exactly what a signature that approves a plan covers: the executor's own text, and the decision. */
export function signedText({ text }: Pick<Plan, "text">): string {
  return `${text}decision: approve\n`;
}

/** A code passes through the bot and is bound to no plan; a signature is. `host`: a yes at the host's own terminal. */
export const factorKind = z.enum(["totp", "signature", "host"]);
export type FactorKind = z.infer<typeof factorKind>;

/** How far the approvals of a plan have come. */
export const approvals = z.strictObject({
  id: operationId,
  class: operationClass,
  wants: wanted,
  /** One entry a person: the weightiest of what they gave. `at`: seconds since 1970. */
  given: z.array(z.strictObject({ person: personName, kind: factorKind, at: z.int() })),
  /** It can be applied now. */
  enough: z.boolean(),
});
export type Approvals = z.infer<typeof approvals>;

/** `denied`: somebody said no to the plan. `cancelled`: somebody took it back; nothing of it, or whole steps, stand. */
export const operationState = z.enum([
  "planned",
  "queued",
  "running",
  "done",
  "failed",
  "expired",
  "denied",
  "cancelled",
]);

const movingStates: readonly string[] = ["planned", "queued", "running"];

/** It has come to its end: nothing moves it on any more. */
export function isFinal({ state }: { readonly state: string }): boolean {
  return !movingStates.includes(state);
}

export const operation = z.strictObject({
  id: operationId,
  do: z.string(),
  state: operationState,
  /** Steps begun, and steps in all. */
  step: z.int(),
  steps: z.int(),
  /** While queued by the rate limit: when it will run, seconds since 1970. */
  queuedUntil: z.optional(z.int()),
  /** While queued: the operations that hold, or asked before for, what it must lock, ten at most; each by who asked for it. */
  waitingFor: z.optional(z.array(z.strictObject({ request: z.int(), person: z.string() }))),
  /** While queued: changes are paused, so it waits until somebody resumes. */
  paused: z.optional(z.boolean()),
  /** While it runs: it is carried through to its end, whatever is asked to cancel it. */
  whole: z.optional(z.boolean()),
  /** Somebody asked to cancel it while it ran. That takes effect between steps; once it is `done`, it came too late. */
  cancelAsked: z.optional(z.strictObject({ by: personName, at: z.int() })),
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
