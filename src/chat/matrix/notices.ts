/** What the adapter says by itself, where a message cannot be taken: fixed sentences that quote nothing and call nobody. */
import { createHash } from "node:crypto";
import { type Untaken, untakenSentence } from "../../conversation/answers.ts";
import type { Log } from "../../log.ts";
import { NotSigned, UnknownAlgorithm } from "./encryption/share.ts";
import { failureOf } from "./failure.ts";
import type { Voice } from "./voice.ts";

export type About = { readonly room: string; readonly event: string; readonly sender: string };

export interface Notices {
  /**
   * Says it below the message: at most once in a while to the same person in the same room, and a few times in a room, however
   * many send however much. Rejects where it is not known whether it was said: then it must be called again.
   */
  tell(what: Untaken, about: About): Promise<void>;
}

const againMs = 10 * 60_000;
/** In one room, in that time: more would be noise, and would use up what the homeserver lets the bot say. */
const mostInRoom = 10;

export function createNotices(voice: Voice, log: Log, now: () => number = Date.now): Notices {
  const told = new Map<string, { readonly room: string; readonly at: number }>();
  return {
    async tell(what, { room, event, sender }) {
      const whom = JSON.stringify([what, room, sender]);
      const at = now();
      for (const [key, one] of told) if (Math.abs(at - one.at) >= againMs) told.delete(key);
      if (told.has(whom)) return;
      if ([...told.values()].filter((one) => one.room === room).length >= mostInRoom) {
        log.warn({ room, what }, "this is not told: enough was told in this room");
        return;
      }
      // The same key for the same message: after a crash behind the sending, the homeserver knows it as the same event.
      const key = `manchot-${what}-${createHash("sha256").update(event).digest("hex").slice(0, 32)}`;
      const content = {
        msgtype: "m.notice",
        body: untakenSentence[what],
        "m.mentions": {},
        "m.relates_to": {
          rel_type: "m.thread",
          event_id: event,
          is_falling_back: true,
          "m.in_reply_to": { event_id: event },
        },
      };
      try {
        await voice.send(room, key, await voice.prepare(room, "m.room.message", content, true));
      } catch (fault) {
        const failure = failureOf(fault);
        const never = failure.kind === "refused" || fault instanceof UnknownAlgorithm || fault instanceof NotSigned;
        if (!never) throw fault;
        log.warn({ room, what, why: failure.why }, "this could not be told");
      }
      told.set(whom, { room, at });
    },
  };
}
