/** What must be known of a room before anything is read or said there. What cannot be known is never guessed. */
import type { AdapterMemory } from "../port.ts";
import type { HardenedClient } from "./client.ts";
import type { Audience } from "./encryption/share.ts";
import type { RoomNews } from "./events.ts";

export interface Rooms {
  /** Whether it is encrypted; rejects where the homeserver does not say. Once encrypted, a room stays so. */
  encrypted(room: string): Promise<boolean>;
  /** The same, asked anew: before something is said in clear. */
  encryptedNow(room: string): Promise<boolean>;
  /** For whom something is to be encrypted, asked anew; of them, where `only` is given, this account and the bot alone. */
  audience(room: string, only?: string): Promise<Audience>;
  /** Whether only this account and the bot can read it. */
  direct(room: string, account: string): Promise<boolean>;
  /** The same, asked anew: before something is said that only they may read. */
  directNow(room: string, account: string): Promise<boolean>;
  /** Takes note of what changed in a room. */
  changed(news: Pick<RoomNews, "room" | "types" | "gap">): void;
}

export function createRooms(client: HardenedClient, memory: AdapterMemory, self: string): Rooms {
  const clear = new Set<string>();
  const closed = new Map<string, readonly string[] | undefined>();

  function markEncrypted(room: string): void {
    clear.delete(room);
    if (memory.read(`encrypted:${room}`) === undefined) memory.write(`encrypted:${room}`, "1");
  }
  async function encryptedNow(room: string): Promise<boolean> {
    // Remembered for good, so that a homeserver which forgets it, or lies, makes nothing go out in clear.
    if (memory.read(`encrypted:${room}`) !== undefined) return true;
    if ((await client.state(room, "m.room.encryption")) === undefined) {
      if (memory.read(`encrypted:${room}`) !== undefined) return true;
      clear.add(room);
      return false;
    }
    markEncrypted(room);
    return true;
  }
  /** Everybody in a room that nobody else can walk into or read from outside; undefined where somebody could. */
  async function companyOf(room: string): Promise<readonly string[] | undefined> {
    const { joined, invited } = await client.company(room);
    const company = [...joined, ...invited];
    if (company.length !== 2) return undefined;
    const rule = (await client.state(room, "m.room.join_rules"))?.join_rule ?? "invite";
    const visibility = (await client.state(room, "m.room.history_visibility"))?.history_visibility;
    const shut = ["invite", "knock", "private"].includes(String(rule)) && visibility !== "world_readable";
    return shut ? company : undefined;
  }
  async function audience(room: string, only?: string): Promise<Audience> {
    const settings = await client.state(room, "m.room.encryption");
    const { history_visibility = "shared" } = (await client.state(room, "m.room.history_visibility")) ?? {};
    const { joined, invited } = await client.company(room);
    const historyVisibility = String(history_visibility);
    // The invited may read from their invitation on, except where only who has joined may.
    const there = historyVisibility === "joined" ? joined : [...joined, ...invited];
    const people = only === undefined ? there : there.filter((one) => one === only || one === self);
    return { settings, people, historyVisibility };
  }
  async function direct(room: string, account: string): Promise<boolean> {
    if (!closed.has(room)) closed.set(room, await companyOf(room));
    const company = closed.get(room);
    return company !== undefined && account !== self && company.includes(account) && company.includes(self);
  }
  return {
    encrypted: async (room) => !clear.has(room) && (await encryptedNow(room)),
    encryptedNow,
    audience,
    direct,
    directNow(room, account) {
      closed.delete(room);
      return direct(room, account);
    },
    changed({ room, types, gap }) {
      if (types.has("m.room.encryption")) markEncrypted(room);
      if (gap !== undefined) clear.delete(room);
      const inside = ["m.room.member", "m.room.join_rules", "m.room.history_visibility"];
      if (gap !== undefined || inside.some((type) => types.has(type))) closed.delete(room);
    },
  };
}
