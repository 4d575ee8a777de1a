/** The methods: their parameters, and their answers. Every successful answer is `{ head, value }`. */
import * as z from "zod/mini";
import { asks, changes } from "./operations.ts";
import { approvals, journalEntry, operation, operationState, plan } from "./plan.ts";
import { journalHead, operationId, origin, personName } from "./wire.ts";

/** Six digits of RFC 6238. */
const code = z.string().check(z.regex(/^[0-9]{6}$/));
/** As `ssh-keygen -Y sign` writes it, armour included. */
const signature = z.string().check(z.minLength(1), z.maxLength(16 * 1024));
const factor = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("totp"), code }),
  z.strictObject({ kind: z.literal("signature"), signature }),
  /** Root's yes at the host's own terminal; refused from anywhere else. */
  z.strictObject({ kind: z.literal("host") }),
]);

export const methods = {
  hello: {
    params: z.strictObject({ protocol: z.int() }),
    value: z.strictObject({
      protocol: z.int(),
      host: z.string(),
      identity: z.string(),
      version: z.string(),
      now: z.int(),
    }),
  },
  /** `with` is checked against the ask's own schema afterwards. */
  ask: {
    params: z.strictObject({ do: z.enum(Object.keys(asks) as [keyof typeof asks]), with: z.unknown() }),
    value: z.unknown(),
  },
  plan: {
    params: z.strictObject({
      id: operationId,
      do: z.enum(Object.keys(changes) as [keyof typeof changes]),
      with: z.unknown(),
      origin,
    }),
    value: plan,
  },
  /** Starts what was planned, once; the same call again tells how it stands. Events follow as notifications. */
  apply: { params: z.strictObject({ id: operationId, hash: z.string() }), value: operation },
  /** How an operation stands; from now on its events come to this connection as `operation` notifications. */
  watch: { params: z.strictObject({ id: operationId }), value: operation },
  journal: { params: z.strictObject({ id: operationId }), value: z.array(journalEntry) },
  /** A person's yes to a plan, and how far its approvals have come with it. The same again changes nothing. */
  approve: {
    params: z.strictObject({ id: operationId, hash: z.string(), by: personName, factor }),
    value: approvals,
  },
  /** How far a plan's approvals have come. */
  approvals: { params: z.strictObject({ id: operationId }), value: approvals },
  /** A person's no to what is planned or queued. It wants no factor, and is final. */
  deny: { params: z.strictObject({ id: operationId, by: personName }), value: operation },
  /**
   * Takes back what is planned or queued, for good. What runs is asked to end between two steps: `cancelAsked` stands in
   * the answer, and the operation's end tells whether it came in time.
   */
  cancel: { params: z.strictObject({ id: operationId, by: personName }), value: operation },
  /** A code that was seen where it may not be is worth nothing any more. `burnt`: the persons whose code it was. */
  burn: { params: z.strictObject({ code }), value: z.strictObject({ burnt: z.int() }) },
  /** The plan as the executor has it. */
  planned: { params: z.strictObject({ id: operationId }), value: plan },
  /**
   * What is planned and not expired, queued or running, 200 at most (`more`: there are others): first what somebody may have
   * to approve; of each kind the newest first.
   */
  open: {
    params: z.strictObject({}),
    value: z.strictObject({
      operations: z.array(
        z.strictObject({ id: operationId, do: z.string(), state: operationState, origin, created: z.int() }),
      ),
      more: z.optional(z.boolean()),
    }),
  },
} as const;
export type MethodName = keyof typeof methods;
export type MethodParams<M extends MethodName> = z.infer<(typeof methods)[M]["params"]>;
export type MethodValue<M extends MethodName> = z.infer<(typeof methods)[M]["value"]>;

const rpcId = z.union([z.int(), z.string().check(z.maxLength(64))]);
export const request = z.strictObject({
  jsonrpc: z.literal("2.0"),
  id: rpcId,
  method: z.string().check(z.maxLength(64)),
  params: z.unknown(),
});
export const response = z.union([
  z.strictObject({
    jsonrpc: z.literal("2.0"),
    id: rpcId,
    result: z.strictObject({ head: journalHead, value: z.unknown() }),
  }),
  z.strictObject({
    jsonrpc: z.literal("2.0"),
    id: z.union([rpcId, z.literal(null)]),
    error: z.strictObject({ code: z.int(), message: z.string(), data: z.optional(z.unknown()) }),
  }),
]);
/** The only notification: an operation that this connection applied or watches has moved on. */
export const notification = z.strictObject({
  jsonrpc: z.literal("2.0"),
  method: z.literal("operation"),
  params: z.strictObject({ head: journalHead, value: operation }),
});
