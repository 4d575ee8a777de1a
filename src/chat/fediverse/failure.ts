/** What a failed call means: whether it was refused for good, must wait, or cannot be known to have had no effect. */
import type { Delivery } from "../port.ts";

/** The longest wait that a server may ask for, in milliseconds. */
const longestWaitMs = 15 * 60_000;
/** How long to wait where a server limits and does not say for how long (Pleroma counts by 10 s), in milliseconds. */
const limitMs = 10_000;
/** How long to leave it alone where it does not accept the token: somebody has to mend that. */
const noTokenMs = 60_000;

export type Failure = {
  /** `unanswered`: by a Fediverse server; what came may be a proxy's page, half an answer, or nothing. */
  readonly kind: "refused" | "limited" | "unauthorised" | "unanswered";
  /** The answer's, 0 where none came. */
  readonly status: number;
  readonly why: string;
  /** Set when `limited`. */
  readonly afterMs: number;
  /** Whether the server itself said so: whatever it did for the call is done. */
  readonly ended: boolean;
};

/** An answer as it came. */
export type Raw = {
  readonly status: number;
  readonly text: string;
  /** Names in lower case. */
  header(name: string): string | undefined;
};

export const unanswered = (why: string): Failure => ({ kind: "unanswered", status: 0, why, afterMs: 0, ended: false });

/** Of an answer whose status is no success. `told` finishes the text that goes to logs. */
export function failureOf(raw: Raw, json: unknown, told: (why: string) => string): Failure {
  const { status } = raw;
  const error = errorOf(json);
  const why = told(error === undefined ? String(status) : `${status} ${printable(error)}`);
  const ended = error !== undefined || snac.test(raw.text);
  const failure = (kind: Failure["kind"], afterMs = 0): Failure => ({ kind, status, why, afterMs, ended });
  // Proxies limit too, and their pages are as good as a server's word for it.
  if (status === 429) return failure("limited", waitOf(raw));
  if (status < 400 || status >= 500 || status === 408) return failure("unanswered");
  if (!ended) return failure("unanswered");
  // Pleroma says 403 to a token that it does not know (or no longer), never 401.
  if (status === 401 || (status === 403 && error === "Invalid credentials.")) return failure("unauthorised");
  return failure("refused");
}

/** snac2 has no JSON for its refusals, only this. A proxy's page is longer. */
const snac = /^<h1>\d{3} [^<>]{1,60}<\/h1>\s*$/u;

function errorOf(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || !("error" in json)) return undefined;
  return typeof json.error === "string" ? json.error : JSON.stringify(json.error);
}

const printable = (text: string): string => text.replace(/\p{C}+/gu, " ").slice(0, 200);

/** `Retry-After` in seconds, or Mastodon's and GoToSocial's moment at which counting begins anew. */
function waitOf(raw: Raw): number {
  const seconds = Number(raw.header("retry-after") ?? Number.NaN);
  const reset = Date.parse(raw.header("x-ratelimit-reset") ?? "") - Date.now();
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Number.isFinite(reset) ? reset : limitMs;
  return Math.min(Math.max(1000, Math.ceil(ms)), longestWaitMs);
}

/** What became of a post whose call failed. `sent`: whether that call could have made the post. */
export function deliveryOf(failure: Failure, sent: boolean): Exclude<Delivery, { readonly kind: "sent" }> {
  const { kind, why } = failure;
  // Pleroma repeats whatever it answered a key with, a refusal too, for six hours.
  const spent = sent ? ({ spent: true } as const) : {};
  switch (kind) {
    case "refused":
      return { kind: "rejected", why };
    case "limited":
      return { kind: "retry", afterMs: failure.afterMs, why, ...spent };
    case "unauthorised":
      return { kind: "retry", afterMs: noTokenMs, why, ...spent };
    case "unanswered":
      return sent ? { kind: "unknown", why } : { kind: "retry", afterMs: 1000, why };
  }
}

/** How long to wait before the next try, in milliseconds: doubling, with jitter; as long as the server asks for. */
export function waitAfter(failure: Failure, tries: number, longestMs: number): number {
  if (failure.kind === "limited") return failure.afterMs + Math.random() * 500;
  return Math.min(longestMs, 250 * 2 ** Math.min(tries, 16)) * (0.5 + Math.random() / 2);
}
