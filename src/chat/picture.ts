/** What follows from an upload that failed: the words are not held up for long by a picture that a network does not take. */
import type { Missing } from "../conversation/picture.ts";
import type { Delivery } from "./port.ts";

/** A failed call, as both of the adapters' clients tell it. `status`: the answer's, whoever gave it; 0 where none came. */
type Failure = {
  readonly kind: "refused" | "limited" | "unauthorised" | "unanswered";
  readonly status: number;
  readonly why: string;
  /** How long to wait where it is `limited`, in milliseconds. */
  readonly afterMs: number;
};

/** So many tries of its post before it goes out without the picture. */
const mostTries = 3;
/** Between two of them, at least, in milliseconds: a server that starts anew is back by then. */
const leastWaitMs = 10_000;
/** How long to leave a server alone that does not accept the token: nothing else can be posted there either. */
const noTokenMs = 60_000;

/**
 * The picture is to be left out, or the post to be tried again. An upload is seen by nobody: whatever became of it, nothing
 * was posted. `tries`: of its post, before this one.
 */
export function afterUpload(failure: Failure, tries: number): Missing | Extract<Delivery, { readonly kind: "retry" }> {
  const { kind, status, why } = failure;
  // These count whoever says so: a proxy before the server has its limits and its paths, too.
  if (status === 413) return { kind: "missing", why: "too-large" };
  if (status === 404 || status === 405) return { kind: "missing", why: "not-taken" };
  if (kind === "refused") return { kind: "missing", why: "refused", status };
  if (kind === "unauthorised") return { kind: "retry", afterMs: noTokenMs, why };
  if (tries >= mostTries) return { kind: "missing", why: "unanswered" };
  return { kind: "retry", afterMs: Math.max(leastWaitMs, failure.afterMs), why };
}
