/** What a person says through a client that encrypts. */
import { DeviceId, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { type MatrixClient as SdkClient, MatrixEvent as SdkEvent } from "matrix-js-sdk";
import type { CryptoBackend } from "matrix-js-sdk/lib/common-crypto/CryptoBackend.js";
import type { CryptoApi } from "matrix-js-sdk/lib/crypto-api/index.js";
import type { MatrixClient } from "../matrix-client.ts";
import { machineOf } from "./machine.ts";
import { insist, until } from "./until.ts";

export type Sending = {
  /** These encrypt, and reject where the room is not encrypted; like those of `MatrixClient` otherwise. */
  say: MatrixClient["say"];
  reply: MatrixClient["reply"];
  edit: MatrixClient["edit"];
  /** Whatever it is: reactions too, which clients send in clear. */
  send: MatrixClient["send"];
  /** Whispers to one device: what no client would say, too. They must have spoken with each other before. */
  whisper(userId: string, deviceId: string, type: string, content: object): Promise<void>;
};

export function createSending(client: SdkClient, crypto: CryptoApi, plain: MatrixClient): Sending {
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
  /**
   * Encrypted by js-sdk, and sent without it: its list of what is on its way breaks where the sync brings something of a
   * thread before the answer to its sending is there.
   */
  const send: MatrixClient["send"] = async (room, type, content) => {
    await abreast(room);
    const event = new SdkEvent({ type, room_id: room, content: content as Record<string, unknown> });
    const known = insist(client.getRoom(room), `${room} is not known`);
    // Not public in js-sdk: what its own sending calls.
    await (crypto as CryptoBackend).encryptEvent(event, known);
    if (event.getWireType() !== "m.room.encrypted") throw new Error("it was not encrypted");
    return await plain.send(room, event.getWireType(), event.getWireContent());
  };
  const say: MatrixClient["say"] = (room, body, more = {}) =>
    send(room, "m.room.message", { msgtype: "m.text", body, ...more });
  return {
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
    send,
    async whisper(user, device, type, content) {
      const found = await machineOf(crypto).getDevice(new UserId(user), new DeviceId(device));
      const sealed = await insist(found, `no device ${device} of ${user}`).encryptToDeviceEvent(type, content);
      await plain.call("PUT", `/sendToDevice/m.room.encrypted/${Math.random().toString(36).slice(2)}`, {
        messages: { [user]: { [device]: JSON.parse(sealed) } },
      });
    },
  };
}
