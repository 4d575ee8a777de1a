/** End-to-end encryption on one homeserver, for one device: what the adapter needs of it, and nothing more. */

import { setTimeout as sleep } from "node:timers/promises";
import { DeviceLists, type OlmMachine, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import type { Log } from "../../../log.ts";
import type { MatrixEvent } from "../events.ts";
import { failureOf } from "../failure.ts";
import { resumeBackup } from "./backup.ts";
import { type Decrypted, decrypt } from "./decrypt.ts";
import { type Generation, openGeneration } from "./generation.ts";
import { jsonOf } from "./json.ts";
import { openMachine } from "./machine.ts";
import { ensureIdentity, ownKeys } from "./own-identity.ts";
import { type Ask, createRequests, type Requests } from "./requests.ts";
import { type Audience, createSharing } from "./share.ts";

/** Whose devices are listened to and spoken with in encrypted rooms: all, or those that their owners have signed. */
export type Trust = "any" | "cross-signed";

/** What a sync says to this device, besides what was said in rooms. */
export type DeviceNews = {
  readonly toDevice: readonly unknown[];
  readonly changed: readonly string[];
  readonly left: readonly string[];
  readonly oneTimeKeys: Readonly<Record<string, number>>;
  /** Undefined: the homeserver knows no such keys. */
  readonly unusedFallbackKeys: readonly string[] | undefined;
};

/** A session whose key has come, or of which is known by now that it is withheld. */
export type SessionNews = { readonly room: string; readonly session: string };

export interface Encryption {
  /** Takes what a sync brought. When it resolves, that is durable, and the next sync may be asked for. */
  receive(news: DeviceNews): Promise<void>;
  encrypt(room: string, type: string, content: object, audience: Audience): Promise<object>;
  decrypt(room: string, event: MatrixEvent): Promise<Decrypted>;
  /** `heard` is called for each session that something new is known of. */
  onSessions(heard: (news: readonly SessionNews[]) => void): void;
  close(): void;
}

/** It cannot be had, and a start that went on without it would do harm: the message says how to mend it. */
export class NoEncryption extends Error {}

export type EncryptionGiven = {
  /** The store's file. */
  readonly file: string;
  readonly user: string;
  readonly device: string;
  readonly trust: Trust;
  readonly ask: Ask;
  readonly log: Log;
};

const anew =
  "To resolve, run `manchot enrol matrix`: it makes a new device of the bot, which gets back with the recovery key what it must know. Never put an older copy of this file in place: what was encrypted since could be read by others, or by nobody.";

/** Opens the store, and has the homeserver know this device. Rejects with NoEncryption, or with what `ask` rejects with. */
export async function startEncryption(given: EncryptionGiven): Promise<Encryption> {
  const { file, user, device, ask, log } = given;
  const opened = await openMachine(given);
  if (!opened.ok) {
    const mend = opened.why === "in-use" ? "To resolve, end the other process: a store serves one at a time." : anew;
    throw new NoEncryption(`the store of the encryption keys, ${file}, cannot be used: ${opened.message}. ${mend}`);
  }
  const { machine } = opened;
  let generation: Generation | undefined;
  try {
    const requests = createRequests(machine, ask);
    const published = await ownKeys(ask, user, device);
    if (published.device !== undefined && published.device !== machine.identityKeys.ed25519.toBase64()) {
      throw new NoEncryption(
        `the homeserver knows other keys of this device (${device}) than ${file} holds: that store was lost, or is another one. ${anew}`,
      );
    }
    generation = await openGeneration({ counter: opened.counter, ask, user, device, log });
    if (generation === undefined) {
      throw new NoEncryption(
        `${file} is older than what the homeserver knows of it: a copy was put in its place, or this machine was set back to a snapshot. ${anew}`,
      );
    }
    await requests.flush();
    await ensureIdentity({ machine, ask, requests, user, device, published: published.identity, log });
    return running(given, machine, requests, generation, opened.close);
  } catch (fault) {
    generation?.close();
    opened.close();
    throw fault;
  }
}

function running(
  { ask, log, trust }: EncryptionGiven,
  machine: OlmMachine,
  requests: Requests,
  generation: Generation,
  close: () => void,
): Encryption {
  const signedOnly = trust === "cross-signed";
  const sharing = createSharing({ machine, ask, requests, signedOnly });
  const backup = resumeBackup(machine, ask, log);
  let closed = false;

  /** What is due goes out beside everything else; what fails is due again with the next sync. */
  function flushSoon(): void {
    requests.flush().catch((fault: unknown) => {
      if (!closed) log.warn({ why: failureOf(fault).why }, "keys could not be exchanged; it is tried again");
    });
  }

  return {
    async receive({ toDevice, changed, left, oneTimeKeys, unusedFallbackKeys }) {
      const lists = new DeviceLists(users(changed), users(left));
      const counts = new Map(Object.entries(oneTimeKeys));
      const unused = unusedFallbackKeys === undefined ? undefined : new Set(unusedFallbackKeys);
      let done = false;
      const messages = toDevice.flatMap((one) => jsonOf(one) ?? []);
      const taken = machine.receiveSyncChanges(`[${messages.join()}]`, lists, counts, unused).finally(() => {
        done = true;
      });
      // Within it the core waits for answers about the senders' devices, which nobody else asks for.
      while (!done) {
        await Promise.race([taken.catch(() => undefined), sleep(25)]);
        if (!done) await requests.queries().catch(() => undefined);
      }
      await taken;
      if (toDevice.length > 0) generation.moved();
      flushSoon();
      void backup.push();
    },
    encrypt(room, type, content, audience) {
      generation.moved();
      return sharing.encrypt(room, type, content, audience);
    },
    async decrypt(room, event) {
      const learn = async (user: string): Promise<void> => {
        await machine.updateTrackedUsers(users([user]));
        await requests.queries();
      };
      const decrypted = await decrypt(machine, room, event, { signedOnly, learn });
      // The core wants to ask the account's other devices for the key.
      if (decrypted.kind === "missing") flushSoon();
      return decrypted;
    },
    onSessions(heard) {
      type Info = { readonly roomId: { toString(): string }; readonly sessionId: string };
      const pass = async (infos: readonly Info[]): Promise<void> =>
        heard(infos.map(({ roomId, sessionId }) => ({ room: roomId.toString(), session: sessionId })));
      machine.registerRoomKeyUpdatedCallback(pass);
      machine.registerRoomKeysWithheldCallback(pass);
    },
    close() {
      closed = true;
      generation.close();
      backup.close();
      close();
    },
  };
}

/** Malformed ones are the homeserver's fault, and spoil no other. */
function users(ids: readonly string[]): UserId[] {
  return ids.flatMap((id) => {
    try {
      return new UserId(id);
    } catch {
      return [];
    }
  });
}
