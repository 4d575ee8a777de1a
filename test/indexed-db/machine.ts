/** What the real user of this IndexedDB does with it: an OlmMachine of one release or the other, on a file. */
import * as current from "@matrix-org/matrix-sdk-crypto-wasm";
import * as preceding from "matrix-sdk-crypto-wasm-preceding";
import { mustOpen } from "./promises.ts";

const releases = { current, preceding } as unknown as {
  readonly current: typeof current;
  readonly preceding: typeof current;
};

const room = "!r:example.org";
const user = "@bot:example.org";

export type Machine = {
  /** Ed25519, of its device. */
  readonly identity: string;
  encrypt(text: string): Promise<string>;
  decrypt(event: string): Promise<string>;
  /** A new Megolm session, outbound and inbound. */
  turn(): Promise<void>;
  sessions(): Promise<number>;
  /** Lets go of the file. */
  close(): void;
};

export async function openMachine(
  file: string,
  release: keyof typeof releases,
  onRefused: (fault: Error) => void = () => {},
): Promise<Machine> {
  const wasm = releases[release];
  await wasm.initAsync();
  const db = mustOpen(file, { onRefused });
  const handle = await db.opening(() => wasm.StoreHandle.open("olm", undefined));
  const machine = await wasm.OlmMachine.initFromStore(new wasm.UserId(user), new wasm.DeviceId("DEVICE"), handle);
  const share = async (): Promise<void> => {
    await machine.shareRoomKey(new wasm.RoomId(room), [], new wasm.EncryptionSettings());
  };
  return {
    identity: machine.identityKeys.ed25519.toBase64(),
    async encrypt(text) {
      await share();
      const content = JSON.stringify({ msgtype: "m.text", body: text });
      const encrypted = await machine.encryptRoomEvent(new wasm.RoomId(room), "m.room.message", content);
      return JSON.stringify({
        type: "m.room.encrypted",
        event_id: "$e",
        room_id: room,
        sender: user,
        origin_server_ts: 1,
        content: JSON.parse(encrypted),
      });
    },
    async decrypt(event) {
      const settings = new wasm.DecryptionSettings(wasm.TrustRequirement.Untrusted);
      const decrypted = await machine.decryptRoomEvent(event, new wasm.RoomId(room), settings);
      return JSON.parse(decrypted.event).content.body;
    },
    async turn() {
      await machine.invalidateGroupSession(new wasm.RoomId(room));
      await share();
    },
    sessions: async () => JSON.parse(await machine.exportRoomKeys(() => true)).length,
    close() {
      machine.close();
      db.close();
    },
  };
}
