/**
 * Keeps the backup of room keys up to date while the bot serves, so that what is said can still be read when the store is
 * lost. Into a version that another key reads nothing ever goes.
 */
import type { OlmMachine } from "@matrix-org/matrix-sdk-crypto-wasm";
import type { Log } from "../../../log.ts";
import { failureOf, waitAfter } from "../failure.ts";
import { currentBackup, fill, isFor, isSigned } from "./backup-version.ts";
import { type Ask, send } from "./requests.ts";

export interface Backup {
  /**
   * Hands over the room keys that the backup does not have yet: some, so that it never takes long. To be called after each
   * sync. Does not reject: what the homeserver does not take is told to the log, and is due again, later each time.
   */
  push(): Promise<void>;
  /** Begins nothing any more, and says nothing of what is under way: the machine is closed next. */
  close(): void;
}

/** So many requests one `push` makes at most, of 100 keys each. */
const mostRequests = 5;
const longestWaitMs = 10 * 60_000;

/** Takes up the backup that `manchot enrol matrix` set up; the first `push` looks whether it is still there. */
export function resumeBackup(machine: OlmMachine, ask: Ask, log: Log): Backup {
  let state: "unknown" | "on" | "off" = "unknown";
  let pushing: Promise<void> | undefined;
  let tries = 0;
  let notBefore = 0;
  let closed = false;

  async function look(): Promise<typeof state> {
    const { decryptionKey, backupVersion } = await machine.getBackupKeys();
    if (decryptionKey === undefined) {
      log.info({}, "room keys are not backed up: no recovery key was made (`manchot enrol matrix` makes one)");
      return "off";
    }
    const found = await currentBackup(ask);
    const stop = async (what: string): Promise<"off"> => {
      // It begins by itself with what its store says.
      await machine.disableBackup();
      log.warn({ version: backupVersion }, `${what}. ${anew}`);
      return "off";
    };
    if (found === undefined) return await stop("the homeserver has the backup of room keys no more");
    if (found === "unknown") return await stop("the backup of room keys at the homeserver is of a kind not known here");
    if (isFor(found, decryptionKey)) {
      await fill(machine, decryptionKey, found.version);
      return "on";
    }
    const by = (await isSigned(machine, found))
      ? "somebody who holds the bot's identity made a new backup of room keys, which the bot cannot read"
      : "the homeserver shows a backup of room keys that the bot did not make: its keys would go to others";
    return await stop(by);
  }

  async function work(): Promise<void> {
    if (closed || state === "off" || Date.now() < notBefore) return;
    try {
      if (state === "unknown") state = await look();
      for (let made = 0; !closed && state === "on" && made < mostRequests; made++) {
        const request = await machine.backupRoomKeys();
        if (request === undefined) break;
        await send(machine, ask, request);
      }
      tries = 0;
    } catch (fault) {
      if (closed) return;
      const failure = failureOf(fault);
      if (failure.errcode === "M_WRONG_ROOM_KEYS_VERSION" || failure.errcode === "M_NOT_FOUND") state = "unknown";
      notBefore = Date.now() + waitAfter(failure, ++tries, longestWaitMs);
      log.warn({ why: failure.why, tries }, "room keys could not be backed up; it is tried again");
    }
  }

  return {
    push() {
      pushing ??= work().finally(() => {
        pushing = undefined;
      });
      return pushing;
    },
    close() {
      closed = true;
    },
  };
}

const anew =
  "Nothing is backed up any more; what the bot reads and says is not touched by that. To resolve, run `manchot enrol matrix` with the recovery key, and if you did not change it yourself, ask who runs the homeserver";
