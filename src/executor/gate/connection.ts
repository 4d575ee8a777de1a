/** One connection: lines in, answers and events out, and no more memory than its bounds, whatever the peer does. */
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import type { Operation } from "../../protocol/plan.ts";
import { maximumLine } from "../../protocol/wire.ts";
import type { Executor } from "../executor.ts";
import type { Session } from "../session.ts";
import { dispatch, tooLarge } from "./dispatch.ts";
import { Lines } from "./lines.ts";

/** Requests that are worked on at once; the peer's next ones wait in its own socket. */
const maximumInFlight = 64;
/** Bytes that may wait for a peer that does not read; above it the connection is dropped. */
const maximumUnread = 4 * 1024 * 1024;

/** Serves until either side ends. Resolves once nothing of it is left. */
export async function serveConnection(
  executor: Executor,
  identity: string,
  readable: Readable,
  writable: Writable,
): Promise<void> {
  const connection = new Connection(executor, identity, writable);
  writable.on("error", () => readable.destroy());
  writable.on("close", () => readable.destroy());
  try {
    const lines = new Lines(maximumLine);
    for await (const chunk of readable) {
      for (const line of lines.push(toBuffer(chunk))) {
        await connection.room();
        if (line.kind === "too-large") connection.send(tooLarge());
        else connection.take(line.text);
      }
    }
  } catch (error) {
    // A connection that breaks is no fault.
    if (!isBroken(error, readable)) executor.fault(error);
  } finally {
    await connection.finish();
  }
}

function isBroken(error: unknown, readable: Readable): boolean {
  return readable.errored === error || (error instanceof Error && "code" in error && typeof error.code === "string");
}

function toBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  return Buffer.from(String(chunk), "utf8");
}

let taken = 0;

/**
 * Every thousandth message leaves no garbage behind. V8 would let it pile up to some megabytes first, and what a flood
 * of messages costs would be its guess. (Without `--expose-gc` nothing happens.)
 */
function tidy(): void {
  taken++;
  if (taken % 1000 === 0) globalThis.gc?.();
}

class Connection {
  readonly #executor: Executor;
  readonly #writable: Writable;
  readonly #session: Session;
  readonly #inFlight = new Set<Promise<void>>();

  constructor(executor: Executor, identity: string, writable: Writable) {
    this.#executor = executor;
    this.#writable = writable;
    this.#session = { identity, notify: (operation) => this.#notify(operation) };
  }

  /** Waits until there is room for one more request: few enough in flight, and the peer reads what it is sent. */
  async room(): Promise<void> {
    while (this.#inFlight.size >= maximumInFlight) await Promise.race(this.#inFlight);
    while (this.#writable.writableNeedDrain && !this.#writable.destroyed) {
      const closed = new AbortController();
      const { signal } = closed;
      await Promise.race([once(this.#writable, "drain", { signal }), once(this.#writable, "close", { signal })]).catch(
        () => undefined,
      );
      closed.abort();
    }
  }

  take(line: string): void {
    tidy();
    const work: Promise<void> = dispatch(this.#executor, this.#session, line)
      .then((answer) => this.send(answer))
      .finally(() => this.#inFlight.delete(work));
    this.#inFlight.add(work);
  }

  send(line: string): void {
    if (this.#writable.destroyed || this.#writable.writableEnded) return;
    this.#writable.write(line);
    if (this.#writable.writableLength > maximumUnread) this.#writable.destroy();
  }

  /** Answers what was asked, then ends. */
  async finish(): Promise<void> {
    await Promise.all(this.#inFlight);
    this.#executor.leave(this.#session);
    if (!this.#writable.destroyed) this.#writable.end();
  }

  #notify(operation: Operation): void {
    const params = { head: this.#executor.head(), value: operation };
    this.send(`${JSON.stringify({ jsonrpc: "2.0", method: "operation", params })}\n`);
  }
}
