/** What a failed request means: whether it was refused for good, must wait, or cannot be known to have had no effect. */
import { MatrixError } from "matrix-bot-sdk";
import type { Delivery } from "../port.ts";

/** The longest wait that a homeserver may ask for, in milliseconds. */
const longestWaitMs = 15 * 60_000;
/** How long to leave it alone where it does not accept the token: somebody has to mend that. */
const noTokenMs = 60_000;

export type Failure = {
  /** `unanswered`: by a homeserver; what came may be a proxy's page, half an answer, or nothing. */
  readonly kind: "refused" | "limited" | "unauthorised" | "unanswered";
  readonly errcode: string | undefined;
  /** The answer's, whoever it was that gave it; 0 where none came. */
  readonly status: number;
  readonly why: string;
  /** Set when `limited`. */
  readonly afterMs: number;
};

/** An answer that no homeserver gives: a proxy's page, for instance. */
export class StrangeAnswer extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

export function failureOf(fault: unknown): Failure {
  if (!(fault instanceof MatrixError)) {
    return {
      kind: "unanswered",
      errcode: undefined,
      status: fault instanceof StrangeAnswer ? fault.status : 0,
      why: fault instanceof Error ? fault.message : String(fault),
      afterMs: 0,
    };
  }
  const { statusCode, errcode } = fault;
  const common = { errcode, status: statusCode, why: `${statusCode} ${fault.message}`, afterMs: 0 };
  if (statusCode === 429) return { ...common, kind: "limited", afterMs: waitOf(fault.retryAfterMs) };
  if (statusCode === 401) return { ...common, kind: "unauthorised" };
  return { ...common, kind: statusCode >= 400 && statusCode < 500 && statusCode !== 408 ? "refused" : "unanswered" };
}

const waitOf = (ms: unknown): number =>
  typeof ms === "number" && Number.isFinite(ms) && ms > 0 ? Math.min(Math.ceil(ms), longestWaitMs) : 1000;

/** What became of a post whose request failed. `sent`: whether that request could have made the post. */
export function deliveryOf(failure: Failure, sent: boolean): Exclude<Delivery, { kind: "sent" }> {
  const { kind, why } = failure;
  switch (kind) {
    case "refused":
      return { kind: "rejected", why };
    case "limited":
      return { kind: "retry", afterMs: failure.afterMs, why };
    case "unauthorised":
      return { kind: "retry", afterMs: noTokenMs, why };
    case "unanswered":
      return sent ? { kind: "unknown", why } : { kind: "retry", afterMs: 1000, why };
  }
}

/** How long to wait before the next try, in milliseconds: doubling, with jitter; as long as the homeserver asks for. */
export function waitAfter(failure: Failure, tries: number, longestMs: number): number {
  if (failure.kind === "limited") return failure.afterMs + Math.random() * 500;
  return Math.min(longestMs, 250 * 2 ** Math.min(tries, 16)) * (0.5 + Math.random() / 2);
}
