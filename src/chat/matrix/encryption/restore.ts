/** Room keys out of the backup, into a machine that has lost them. */
import { type BackupDecryptionKey, type OlmMachine, RoomId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { z } from "zod";
import type { Ask } from "./requests.ts";

const sessionSchema = z.looseObject({
  session_data: z.looseObject({ ephemeral: z.string(), mac: z.string(), ciphertext: z.string() }),
});
/** Each is looked at by itself: one that was spoiled costs no other. */
const keysSchema = z.looseObject({
  rooms: z.record(z.string(), z.looseObject({ sessions: z.record(z.string(), z.unknown()) })),
});
const insideSchema = z.looseObject({ algorithm: z.string(), session_key: z.string() });

export type Restored = {
  readonly found: number;
  /** Those that the machine did not have yet. */
  readonly imported: number;
  /** Those that the key does not open, or that are none. */
  readonly unreadable: number;
};

/** So many at once: each is worked on without a pause. */
const atOnce = 250;

/**
 * All of them (the API has no pages). What is imported was written by whoever knows the version's public key, the
 * homeserver too: messages that only these keys open are not known to come from anybody.
 */
export async function restore(
  machine: OlmMachine,
  ask: Ask,
  key: BackupDecryptionKey,
  version: string,
  progress: (done: number, of: number) => void,
): Promise<Restored> {
  const { rooms } = keysSchema.parse(await ask("GET", "/_matrix/client/v3/room_keys/keys", { version }));
  const all = Object.entries(rooms).flatMap(([room, { sessions }]) =>
    Object.entries(sessions).map(([session, kept]) => ({ room, session, kept })),
  );
  let imported = 0;
  let unreadable = 0;
  for (let at = 0; at < all.length; at += atOnce) {
    const opened = all.slice(at, at + atOnce).flatMap(({ room, session, kept }) => {
      const inside = open(key, kept);
      return inside === undefined ? [] : [{ room, session, inside }];
    });
    unreadable += Math.min(atOnce, all.length - at) - opened.length;
    const byRoom = Map.groupBy(opened, ({ room }) => room);
    const map = new Map(
      [...byRoom].flatMap(([room, keys]) => {
        const id = roomId(room);
        if (id === undefined) unreadable += keys.length;
        return id === undefined ? [] : [[id, new Map(keys.map(({ session, inside }) => [session, inside]))] as const];
      }),
    );
    imported += (await machine.importBackedUpRoomKeys(map, () => undefined, version)).importedCount;
    progress(Math.min(at + atOnce, all.length), all.length);
  }
  return { found: all.length, imported, unreadable };
}

function open(key: BackupDecryptionKey, kept: unknown): Readonly<Record<string, unknown>> | undefined {
  const { ephemeral, mac, ciphertext } = sessionSchema.safeParse(kept).data?.session_data ?? {};
  if (ephemeral === undefined || mac === undefined || ciphertext === undefined) return undefined;
  try {
    return insideSchema.safeParse(JSON.parse(key.decryptV1(ephemeral, mac, ciphertext))).data;
  } catch {
    return undefined;
  }
}

function roomId(room: string): RoomId | undefined {
  try {
    return new RoomId(room);
  } catch {
    return undefined;
  }
}
