/**
 * Whether the store is the newest of its kind. A machine that was set back to a snapshot has an older one, whose ratchets
 * would turn a second time: what they encrypt could be read by others, or by nobody. So a number that only grows is kept
 * in the store and on the homeserver, and a store that is behind the homeserver is not used.
 */
import { MatrixError } from "matrix-bot-sdk";
import { z } from "zod";
import type { Log } from "../../../log.ts";
import { failureOf } from "../failure.ts";
import type { Ask } from "./requests.ts";

/** Where the number lies in the store. */
export interface Counter {
  read(): Promise<number>;
  /** Durable when it resolves. */
  write(value: number): Promise<void>;
}

export interface Generation {
  /** The store has changed: the number grows soon. */
  moved(): void;
  close(): void;
}

/** So long may the store be ahead of the number, in milliseconds. */
const delayMs = 5000;
const type = "org.manchot.encryption_store";
const published = z.looseObject({ device: z.string(), generation: z.int().nonnegative() });

/** Undefined where the store is older than the homeserver knows it. Rejects with what `ask` rejects with. */
export async function openGeneration(parts: {
  readonly counter: Counter;
  readonly ask: Ask;
  readonly user: string;
  readonly device: string;
  readonly log: Log;
}): Promise<Generation | undefined> {
  const { counter, ask, device, log } = parts;
  const path = `/_matrix/client/v3/user/${encodeURIComponent(parts.user)}/account_data/${type}`;
  let now = await counter.read();
  const known = published.safeParse(await ask("GET", path).catch(unlessNone)).data;
  // Another device's number counts for that device.
  if (known?.device === device && known.generation > now) return undefined;

  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  async function grow(): Promise<void> {
    // In this order: killed in between, the store is ahead, which does no harm.
    now += 1;
    await counter.write(now);
    await ask("PUT", path, undefined, { device, generation: now });
  }
  await grow();
  const moved = (): void => {
    if (closed) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      grow().catch((fault: unknown) => {
        if (closed) return;
        log.debug({ why: failureOf(fault).why }, "the encryption store's number could not be raised yet");
        moved();
      });
    }, delayMs).unref();
  };
  return {
    moved,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function unlessNone(fault: unknown): undefined {
  if (!(fault instanceof MatrixError && fault.statusCode === 404)) throw fault;
}
