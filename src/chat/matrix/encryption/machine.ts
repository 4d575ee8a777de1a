/**
 * The machine that holds this device's keys: the Matrix foundation's own core, compiled to WebAssembly, on a store that is
 * durable. A store belongs to one device for good. It is never brought back from a copy: its ratchets would turn twice.
 */
import { DeviceId, initAsync, OlmMachine, StoreHandle, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { openIndexedDb } from "../../../indexed-db/open.ts";
import type { Why } from "../../../indexed-db/refusal.ts";
import { faultOf, type Log } from "../../../log.ts";
import { openCounter } from "./counter.ts";
import type { Counter } from "./generation.ts";

export type Opened =
  | { readonly ok: true; readonly machine: OlmMachine; readonly counter: Counter; close(): void }
  /** `message`: what is wrong, and what it comes from. */
  | { readonly ok: false; readonly why: Why | "another-device"; readonly message: string };

/** The one database in the file. */
const storeName = "manchot";

/** Opens the store in `file`, or makes it. Rejects where the disk fails. */
export async function openMachine(given: {
  readonly file: string;
  readonly user: string;
  readonly device: string;
  readonly log: Log;
}): Promise<Opened> {
  await initAsync();
  const { file, log } = given;
  // The core says no more than that it failed.
  const onRefused = (fault: Error): void =>
    log.error({ file, ...faultOf(fault) }, "the encryption keys cannot be kept");
  const opened = openIndexedDb(file, { onRefused });
  if (!opened.ok) return opened;
  const { db } = opened;
  try {
    const handle = await db.opening(() => StoreHandle.open(storeName, undefined, silent));
    const user = new UserId(given.user);
    const machine = await OlmMachine.initFromStore(user, new DeviceId(given.device), handle, silent);
    // It asks the account's own other devices for keys that did not come, and takes none that it did not ask for; it hands
    // out none. Other people's devices cannot be asked with this core.
    machine.roomKeyRequestsEnabled = true;
    machine.roomKeyForwardingEnabled = false;
    const counter = await openCounter(db);
    return {
      ok: true,
      machine,
      counter,
      close() {
        machine.close();
        counter.close();
        db.close();
      },
    };
  } catch (fault) {
    db.close();
    const words = fault instanceof Error ? fault.message : String(fault);
    if (/doesn't match the account|account in the store/i.test(words)) {
      return { ok: false, why: "another-device", message: "it belongs to another device or account than the token" };
    }
    throw fault;
  }
}

/** What the core itself says is about keys and people: it goes nowhere. What matters is said by the adapter. */
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };
function quiet(): void {}
