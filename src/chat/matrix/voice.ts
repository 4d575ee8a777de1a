/** The one way into a room: whatever is said in an encrypted room is encrypted, and nothing makes it go out in clear. */
import type { HardenedClient } from "./client.ts";
import type { Encryption } from "./encryption/encryption.ts";
import type { Rooms } from "./rooms.ts";

/** What goes out as it is. */
export type Sendable = { readonly type: string; readonly content: object };

export interface Voice {
  /**
   * Makes an event ready for the room as it is now. `encrypted`: whatever the homeserver says of the room by now. `only`:
   * encrypted, it is for this account alone, whoever else is in the room. Where it rejects, nothing was said.
   */
  prepare(room: string, type: string, content: object, encrypted: boolean, only?: string): Promise<Sendable>;
  /** Makes the event, once per key. Where it rejects without an answer, it may have been made. Its id. */
  send(room: string, key: string, event: Sendable): Promise<string>;
}

export function createVoice(client: HardenedClient, rooms: Rooms, encryption: Encryption): Voice {
  return {
    async prepare(room, type, content, encrypted, only) {
      if (!encrypted && !(await rooms.encryptedNow(room))) return { type, content };
      const audience = await rooms.audience(room, only);
      return { type: "m.room.encrypted", content: await encryption.encrypt(room, type, content, audience) };
    },
    send: (room, key, { type, content }) => client.send(room, type, key, content),
  };
}
