/** A peer of the executor that says exactly what a test tells it to. */
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { Operation, Plan } from "../../src/protocol/plan.ts";

type Answer = {
  id: number | string | null;
  result?: { head: { seq: number; hash: string }; value: unknown };
  error?: { code: number; message: string; data: { reason: string; detail: Record<string, unknown> } };
};

export class Peer {
  readonly #out: Writable;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly answers: Answer[] = [];
  readonly operations: Operation[] = [];
  #rest = "";
  #last = 0;
  #waiters: (() => void)[] = [];
  ended = false;

  constructor(readable: Readable, writable: Writable) {
    this.#out = writable;
    writable.on("error", () => undefined);
    readable.on("data", (chunk: Buffer) => this.#take(chunk.toString("utf8")));
    readable.on("end", () => {
      this.ended = true;
      this.#arrived();
    });
  }

  #arrived(): void {
    for (const go of this.#waiters.splice(0)) go();
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.method === "operation") this.operations.push(message.params.value);
      else {
        this.answers.push(message);
        this.#waiting.get(message.id)?.(message);
        this.#waiting.delete(message.id);
      }
    }
    this.#arrived();
  }

  /** Sends a line as it is. Waits where the other side does not read fast enough. */
  async say(line: string): Promise<void> {
    if (!this.#out.write(`${line}\n`)) await once(this.#out, "drain");
  }

  async call(method: string, params: unknown): Promise<Answer> {
    const id = ++this.#last;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    await this.say(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return answer;
  }

  /** The value of an answer that must be good. */
  async value<T>(method: string, params: unknown): Promise<T> {
    const { result, error } = await this.call(method, params);
    if (result === undefined) throw new Error(`refused: ${JSON.stringify(error)}`);
    return result.value as T;
  }

  /** The reason of an answer that must be a refusal. */
  async refusal(method: string, params: unknown): Promise<{ reason: string; detail: Record<string, unknown> }> {
    const { error } = await this.call(method, params);
    if (error === undefined) throw new Error("it was not refused");
    return error.data;
  }

  /** Waits for what comes, until it is enough. */
  async until(enough: () => boolean): Promise<void> {
    while (!enough()) {
      await new Promise<void>((resolve) => {
        this.#waiters.push(resolve);
      });
    }
  }

  async end(id: string): Promise<Operation> {
    const found = () =>
      this.operations.find((one) => one.id === id && (one.state === "done" || one.state === "failed"));
    await this.until(() => found() !== undefined || this.ended);
    const operation = found();
    if (operation === undefined) throw new Error("the stream ended before the operation");
    return operation;
  }
}

export const origin = { person: "zelie", network: "matrix", request: 41 } as const;

export function planOf(id: string, targets: readonly string[], more: Record<string, unknown> = {}) {
  return { id, do: "zfs.snapshot", with: { targets, ...more }, origin };
}

/** Plans, applies and waits for the end. */
export async function snapshot(peer: Peer, id: string, targets: readonly string[]): Promise<Operation> {
  const plan = await peer.value<Plan>("plan", planOf(id, targets));
  const operation = await peer.value<Operation>("apply", { id, hash: plan.hash });
  return operation.state === "done" || operation.state === "failed" ? operation : peer.end(id);
}
