/** The one thing that is ever sent in clear to an encrypted room: a fixed sentence, once, that quotes nothing. */
import { createHash } from "node:crypto";
import { encryptedRoomSentence } from "../../conversation/answers.ts";
import type { Log } from "../../log.ts";
import type { AdapterMemory } from "../port.ts";
import type { HardenedClient } from "./client.ts";
import { failureOf } from "./failure.ts";

/** Tells a room, unless it was told. Rejects where it is not known whether it was: then it must be called again. */
export async function tellEncrypted(
  room: string,
  client: HardenedClient,
  memory: AdapterMemory,
  log: Log,
): Promise<void> {
  if (memory.read(`told:${room}`) !== undefined) return;
  // The same key for ever: after a crash between sending and remembering, the homeserver knows it as the same post.
  const key = `manchot-encrypted-${createHash("sha256").update(room).digest("hex").slice(0, 32)}`;
  try {
    await client.post(room, key, { msgtype: "m.notice", body: encryptedRoomSentence, "m.mentions": {} });
  } catch (fault) {
    const failure = failureOf(fault);
    if (failure.kind !== "refused") throw fault;
    log.warn({ room, why: failure.why }, "this encrypted room could not be told that it is not read");
  }
  memory.write(`told:${room}`, "1");
}
