/** Encrypting for a room: for the devices of all who are in it at this moment, and for nobody who has left. */
import {
  CollectStrategy,
  EncryptionAlgorithm,
  EncryptionSettings,
  HistoryVisibility,
  type OlmMachine,
  RoomId,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import { z } from "zod";
import { type Ask, type Requests, send } from "./requests.ts";

/** What is known of a room when something is to be said there; all of it was asked for just now. */
export type Audience = {
  /** The content of its `m.room.encryption`; undefined where the homeserver does not show it any more. */
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  /** Who gets the keys: the joined, and the invited where the room's history is theirs too. */
  readonly people: readonly string[];
  readonly historyVisibility: string;
};

/** A room whose encryption is of a kind that is not known: nothing can be said there. */
export class UnknownAlgorithm extends Error {}

/** Only signed devices are to be spoken with, and this one is none: nothing can be said anywhere until an admin mends it. */
export class NotSigned extends Error {}

const megolm = "m.megolm.v1.aes-sha2";
const dayMs = 86_400_000;
/** A session that does not last until it is used so often is somebody's game, or a broken clock. */
const mostShares = 3;
/** The defaults of the specification: a session serves a week, or 100 messages. */
const rotation = z.looseObject({
  rotation_period_ms: z
    .int()
    .positive()
    .catch(7 * dayMs),
  rotation_period_msgs: z.int().positive().catch(100),
});

export interface Sharing {
  /** The content of an `m.room.encrypted`. Rejects where it is not known for sure whom it would be for. */
  encrypt(room: string, type: string, content: object, audience: Audience): Promise<object>;
}

/** `signedOnly`: devices that their owners have not signed get no keys. */
export function createSharing(parts: {
  readonly machine: OlmMachine;
  readonly ask: Ask;
  readonly requests: Requests;
  readonly signedOnly: boolean;
}): Sharing {
  const { machine, ask, requests } = parts;
  const turns = new Map<string, Promise<unknown>>();

  /** In one room one at a time: a session must not be shared and used up between each other's steps. */
  function inTurn<T>(room: string, work: () => Promise<T>): Promise<T> {
    const before = turns.get(room) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    turns.set(room, mine);
    const tidy = (): void => {
      if (turns.get(room) === mine) turns.delete(room);
    };
    mine.then(tidy, tidy);
    return mine;
  }
  // The core takes arrays of them away: each call gets its own.
  const users = (people: readonly string[]): UserId[] => people.map((one) => new UserId(one));

  function settingsOf({ settings, historyVisibility }: Audience): EncryptionSettings {
    if (settings !== undefined && settings.algorithm !== megolm)
      throw new UnknownAlgorithm("the room is encrypted in a way that is not known here");
    const { rotation_period_ms, rotation_period_msgs } = rotation.parse(settings ?? {});
    const made = new EncryptionSettings();
    made.algorithm = EncryptionAlgorithm.MegolmV1AesSha2;
    // In microseconds here, and in milliseconds in the room's state.
    made.rotationPeriod = BigInt(rotation_period_ms) * 1000n;
    made.rotationPeriodMessages = BigInt(rotation_period_msgs);
    made.historyVisibility = visibilities[historyVisibility] ?? HistoryVisibility.Joined;
    made.sharingStrategy = parts.signedOnly
      ? CollectStrategy.identityBasedStrategy()
      : CollectStrategy.deviceBasedStrategy(false, false);
    return made;
  }

  /**
   * Until everybody has the key. To hand it out takes time, in which the session can expire, by a clock that jumps too; the
   * core ends the process over an expired one. So it is asked once more.
   */
  async function share(room: string, audience: Audience): Promise<void> {
    for (let tries = 0; tries < mostShares; tries++) {
      const due = await machine
        .shareRoomKey(new RoomId(room), users(audience.people), settingsOf(audience))
        .catch(unlessSigned);
      if (due.length === 0) return;
      for (const request of due) await send(machine, ask, request);
    }
  }

  return {
    encrypt: (room, type, content, audience) =>
      inTurn(room, async () => {
        // Before anything is asked: a room of an unknown kind needs nobody's keys.
        settingsOf(audience);
        await machine.updateTrackedUsers(users(audience.people));
        await requests.queries();
        const claim = await machine.getMissingSessions(users(audience.people));
        if (claim !== null) await send(machine, ask, claim);
        await share(room, audience);
        const encrypted = await machine.encryptRoomEvent(new RoomId(room), type, JSON.stringify(content));
        return z.record(z.string(), z.unknown()).parse(JSON.parse(encrypted));
      }),
  };
}

function unlessSigned(fault: unknown): never {
  // The core has no code for it.
  if (!(fault instanceof Error && /recipient devices/.test(fault.message))) throw fault;
  throw new NotSigned(
    "the account's identity has not signed this device, and `trust: cross-signed` speaks with signed ones only. To resolve, run `manchot enrol matrix`",
    { cause: fault },
  );
}

const visibilities: Readonly<Record<string, HistoryVisibility>> = {
  invited: HistoryVisibility.Invited,
  joined: HistoryVisibility.Joined,
  shared: HistoryVisibility.Shared,
  world_readable: HistoryVisibility.WorldReadable,
};
