/**
 * A person with a client that encrypts, for the tests: matrix-js-sdk, with its keys in memory. As a client it shares
 * nothing with the bot; the cryptographic core below it (matrix-sdk-crypto in WebAssembly) is the one that the bot has, so a fault
 * of that core is not seen here. What lies on the server is read without either, by `matrix-client.ts`.
 */
import "./encrypted-peer/silence.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { DeviceId, RoomId, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { ClientEvent, createClient, type MatrixEvent as SdkEvent, SyncState } from "matrix-js-sdk";
import { AllDevicesIsolationMode, OnlySignedDevicesIsolationMode } from "matrix-js-sdk/lib/crypto-api/index.js";
import { decryptAttachment, type EncryptedFile } from "./encrypted-peer/attachment.ts";
import { insist, machineOf } from "./encrypted-peer/machine.ts";
import { type SeenEvent, seen } from "./encrypted-peer/seen.ts";
import { quiet, silent } from "./encrypted-peer/silence.ts";
import { createTrust, type Trust } from "./encrypted-peer/trust.ts";
import { createMatrixClient, type MatrixClient, type MatrixEvent } from "./matrix-client.ts";
import type { Account } from "./synapse.ts";

type Plain = Pick<MatrixClient, "userId" | "createRoom" | "invite" | "join" | "leave" | "members">;

export type EncryptedPeer = Plain &
  Trust & {
    readonly deviceId: string;
    /** The same account on plain HTTP: what lies on the server, judged without any cryptography. */
    readonly plain: MatrixClient;
    kick(room: string, userId: string): Promise<void>;
    /** These encrypt, and reject where the room is not encrypted; like those of `MatrixClient` otherwise. */
    say: MatrixClient["say"];
    reply: MatrixClient["reply"];
    edit: MatrixClient["edit"];
    /** Encrypts whatever it is, reactions too, which clients send in clear. Something must have been said there before. */
    send: MatrixClient["send"];
    /** In clear, as clients do it in encrypted rooms, too. */
    react: MatrixClient["react"];
    /** Text in clear, in an encrypted room, too. */
    sendClear: MatrixClient["say"];
    /** Every event of the room that is there for this account, oldest first, decrypted where it can be by now. */
    events(room: string): Promise<readonly SeenEvent[]>;
    /** What one account said: messages, and what cannot be decrypted; edits stand in the place of what they edit. */
    said(room: string, by: string): Promise<readonly SeenEvent[]>;
    /** An event that others hand to this person, who may not be in the room any more. */
    read(room: string, raw: MatrixEvent): Promise<SeenEvent>;
    waitFor(room: string, matching: (event: SeenEvent) => boolean, timeoutMs?: number): Promise<SeenEvent>;
    /** The file of an encrypted picture: as it was before its encryption, and as it lies on the server. */
    picture(event: SeenEvent): Promise<{ readonly bytes: Buffer; readonly onServer: Buffer }>;
    /** Whispers to one device: what no client would say, too. They must have spoken with each other before. */
    whisper(userId: string, deviceId: string, type: string, content: object): Promise<void>;
    /** The next message there has a new megolm session. */
    rotate(room: string): Promise<void>;
    /** Ends its requests, and makes no more. js-sdk's clocks for requests that are over keep a process up for two minutes, doing nothing. */
    stop(): Promise<void>;
  };

/**
 * `strict`: sends keys to devices that their owners signed, and reads what these send, nobody else (MSC4153); otherwise all devices are
 * served, as Element did it before. `crossSign`: makes an identity of its own, which signs the device.
 */
export async function startPeer(
  url: string,
  account: Account,
  { strict = false, crossSign = true }: { readonly strict?: boolean; readonly crossSign?: boolean } = {},
): Promise<EncryptedPeer> {
  const { userId, deviceId, accessToken } = account;
  const plain = createMatrixClient(url, account);
  const over = new AbortController();
  // Nothing is answered after the end: js-sdk leaves some of its requests to themselves, and their failures to nobody.
  const fetchFn: typeof fetch = (...asked) =>
    new Promise((resolve, reject) => {
      const unlessOver =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          if (!over.signal.aborted) settle(value);
        };
      fetch(...asked).then(unlessOver(resolve), unlessOver(reject));
    });
  const client = createClient({ baseUrl: url, userId, deviceId, accessToken, logger: silent, fetchFn });
  await client.initRustCrypto({ useIndexedDB: false });
  const crypto = insist(client.getCrypto(), "no cryptography");
  const machine = machineOf(crypto);
  crypto.setDeviceIsolationMode(strict ? new OnlySignedDevicesIsolationMode() : new AllDevicesIsolationMode(false));
  const ready = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && resolve());
  });
  // One each for every thread and event that it watches.
  client.on(ClientEvent.Room, (room) => void room.setMaxListeners(0));
  await client.startClient({ initialSyncLimit: 100, threadSupport: true, disablePresence: true });
  await ready;
  // Who has no device and no one-time keys on the server can sign nothing there, and is sent nothing by others.
  await until("one-time keys", async () => {
    const told = await plain.call<{ one_time_key_counts: Record<string, number> }>("POST", "/keys/upload", {});
    return (told.one_time_key_counts.signed_curve25519 ?? 0) > 0;
  });
  if (crossSign)
    await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => upload(null).then(quiet) });

  const aside = new Map<string, SdkEvent>();
  /** js-sdk's own, which knows its edits; one aside for what its sync does not have, or not yet. */
  function known(room: string, raw: MatrixEvent): SdkEvent {
    const synced = client.getRoom(room)?.findEventById(raw.event_id);
    if (synced !== undefined) return synced;
    const made = aside.get(raw.event_id) ?? client.getEventMapper()({ ...raw, room_id: room });
    aside.set(raw.event_id, made);
    return made;
  }
  async function read(room: string, raw: MatrixEvent): Promise<SeenEvent> {
    const event = known(room, raw);
    await client.decryptEventIfNeeded(event);
    return await seen(client, raw, event);
  }
  const events = async (room: string): Promise<readonly SeenEvent[]> =>
    await Promise.all((await plain.events(room)).map((raw) => read(room, raw)));
  const encrypted = new Set<string>();
  /** Until this client knows the room as it is: it would send in clear, or to those who were there before. */
  async function abreast(room: string): Promise<void> {
    // Rejects where there is no such state.
    if (!encrypted.has(room)) await plain.call("GET", `/rooms/${encodeURIComponent(room)}/state/m.room.encryption/`);
    encrypted.add(room);
    const there = [...(await plain.members(room))].sort().join();
    await until(`${room} is known as it is`, async () => {
      const joined = client.getRoom(room)?.getJoinedMembers() ?? [];
      const known = joined.map((member) => member.userId).sort();
      return known.join() === there && (await crypto.isEncryptionEnabledInRoom(room));
    });
  }
  const say: MatrixClient["say"] = async (room, body, more = {}) => {
    await abreast(room);
    const content = { msgtype: "m.text", body, ...more };
    return (await client.sendEvent(room, "m.room.message" as never, content as never)).event_id;
  };
  return {
    userId,
    deviceId,
    plain,
    ...createTrust(crypto, plain),
    createRoom: ({ encrypted = true, ...options } = {}) => plain.createRoom({ encrypted, ...options }),
    invite: plain.invite,
    join: plain.join,
    leave: plain.leave,
    members: plain.members,
    kick: async (room, user_id) =>
      void (await plain.call("POST", `/rooms/${encodeURIComponent(room)}/kick`, { user_id })),
    say,
    reply: (room, thread, body) =>
      say(room, body, {
        "m.relates_to": {
          rel_type: "m.thread",
          event_id: thread,
          is_falling_back: true,
          "m.in_reply_to": { event_id: thread },
        },
      }),
    edit: (room, eventId, body) =>
      say(room, `* ${body}`, {
        "m.new_content": { msgtype: "m.text", body },
        "m.relates_to": { rel_type: "m.replace", event_id: eventId },
      }),
    async send(room, type, content) {
      await abreast(room);
      const sealed = await machine.encryptRoomEvent(new RoomId(room), type, JSON.stringify(content));
      return await plain.send(room, "m.room.encrypted", JSON.parse(sealed));
    },
    react: plain.react,
    sendClear: plain.say,
    events,
    read,
    said: async (room, by) =>
      (await events(room)).filter(
        ({ sender, type, raw }) =>
          sender === by &&
          (type === "m.room.message" || type === "m.room.encrypted") &&
          raw.content["m.relates_to"]?.rel_type !== "m.replace",
      ),
    async waitFor(room, matching, timeoutMs = 60_000) {
      for (const end = Date.now() + timeoutMs; ; ) {
        const all = await events(room);
        const found = all.find(matching);
        if (found !== undefined) return found;
        if (Date.now() > end) {
          const last = all
            .slice(-10)
            .map(({ sender, body, type, undecryptable }) => `${sender}: ${body ?? undecryptable ?? type}`);
          throw new Error(`nothing such within ${timeoutMs} ms; the last events:\n${last.join("\n")}`);
        }
        await sleep(150);
      }
    },
    async picture({ content }) {
      const file = insist(content.file, "no encrypted file") as EncryptedFile;
      const onServer = (await plain.download(file.url)).bytes;
      return { bytes: decryptAttachment(onServer, file), onServer };
    },
    async whisper(user, device, type, content) {
      const found = await machine.getDevice(new UserId(user), new DeviceId(device));
      const sealed = await insist(found, `no device ${device} of ${user}`).encryptToDeviceEvent(type, content);
      await plain.call("PUT", `/sendToDevice/m.room.encrypted/${Math.random().toString(36).slice(2)}`, {
        messages: { [user]: { [device]: JSON.parse(sealed) } },
      });
    },
    rotate: (room) => crypto.forceDiscardSession(room),
    async stop() {
      over.abort();
      client.stopClient();
    },
  };
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await holds()); await sleep(50)) {
    if (Date.now() > end) throw new Error(`not within 20 s: ${what}`);
  }
}
