/** What can be expected to fail is a value: either what was wanted, or the reason why not. */
import type { Failure, FailureReason } from "../protocol/wire.ts";

export type Refused = { readonly ok: false; readonly failure: Failure };
export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;

export function good<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function refuse(reason: FailureReason, detail: Failure["detail"] = {}): Refused {
  return { ok: false, failure: { reason, detail } };
}
