/**
 * Answers by idempotency key, as Pleroma keeps them: in memory, for hours, for all users together, and every answer,
 * a refusal as well as a post.
 */
import { randomUUID } from "node:crypto";
import type { Answer } from "./answer.ts";

export class Idempotency {
  readonly #now: () => number;
  readonly #keepMs: number;
  readonly #answers = new Map<string, { readonly at: number; readonly id: string; readonly answer: Answer }>();

  constructor(now: () => number, keepMs: number) {
    this.#now = now;
    this.#keepMs = keepMs;
  }

  /** The answer that the key had before, else that of `make`. */
  answer(key: string, make: () => Answer): Answer {
    const known = this.#answers.get(key);
    if (known !== undefined && this.#now() - known.at < this.#keepMs) {
      return withHeaders(known.answer, { ...named(key, known.id), "idempotent-replayed": "true" });
    }
    for (const [old, { at }] of this.#answers) if (this.#now() - at >= this.#keepMs) this.#answers.delete(old);
    const kept = { at: this.#now(), id: randomUUID(), answer: make() };
    this.#answers.set(key, kept);
    return withHeaders(kept.answer, named(key, kept.id));
  }

  forget(): void {
    this.#answers.clear();
  }
}

function named(key: string, id: string): Readonly<Record<string, string>> {
  return { "idempotency-key": key, "x-original-request-id": id };
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
