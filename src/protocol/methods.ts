/** The methods: their parameters, and their answers. Every successful answer is `{ head, value }`. */
import * as z from "zod/mini";
import { asks, changes } from "./operations.ts";
import { journalEntry, operation, plan } from "./plan.ts";
import { journalHead, operationId, origin } from "./wire.ts";

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
} as const;
export type MethodName = keyof typeof methods;

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
