/** The Pleroma stand-in, each speaker with direct posts to the bot. */
import { fediverseNetwork } from "../../../src/chat/fediverse/network.ts";
import type { Log } from "../../../src/log.ts";
import { createMemory } from "../../chat/matrix/rig.ts";
import { startPleroma } from "../../rig/pleroma/pleroma.ts";
import { type Speaker, speakers, type Voice } from "./voice.ts";

export async function fediverseVoice(log: Log): Promise<Voice> {
  const server = await startPleroma({ users: ["manchot", ...speakers] });
  const account = (speaker: Speaker): string => {
    const { id, apId } = server.user(speaker);
    return `${server.url} ${id} ${apId}`;
  };
  return {
    network: "fediverse",
    chat: fediverseNetwork({
      server: server.url,
      accessToken: server.user("manchot").token,
      memory: createMemory(),
      log,
    }),
    accounts: Object.fromEntries(speakers.map((speaker) => [speaker, account(speaker)])) as Record<Speaker, string>,
    ready: async () => {},
    say: async (speaker, text) => {
      // As one goes on in a conversation: in reply to what the bot said last.
      const last = server.statuses({ by: "manchot" }).findLast(({ addressed }) => addressed.includes(speaker));
      const reply = last === undefined ? {} : { inReplyTo: last.id };
      return server.say(speaker, `@manchot ${text}`, { visibility: "direct", ...reply }).id;
    },
    async shown(_speaker, said) {
      const answers = server.statuses({ by: "manchot" }).filter(({ inReplyTo }) => inReplyTo === said);
      return answers.map(({ text }) => text).join("\n");
    },
    leave: async () => {},
    stop: () => server.stop(),
  };
}
