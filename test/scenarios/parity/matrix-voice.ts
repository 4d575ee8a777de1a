/** A real homeserver, each speaker in a room alone with the bot. */
import { createMatrixClient, type MatrixClient } from "../../../lab/matrix-client.ts";
import { startSynapse } from "../../../lab/synapse.ts";
import { matrixNetwork } from "../../../src/chat/matrix/network.ts";
import type { Log } from "../../../src/log.ts";
import { createMemory } from "../../chat/matrix/rig.ts";
import { answersTo } from "../../rig/answers.ts";
import { type Speaker, speakers, type Voice } from "./voice.ts";

export async function matrixVoice(log: Log): Promise<Voice> {
  const synapse = await startSynapse();
  const bot = await synapse.register("manchot");
  const clients = new Map<Speaker, { readonly client: MatrixClient; readonly room: string }>();
  for (const speaker of speakers) {
    const client = createMatrixClient(synapse.url, await synapse.register(speaker));
    clients.set(speaker, { client, room: await client.createRoom({ invite: [bot.userId] }) });
  }
  const of = (speaker: Speaker) => {
    const found = clients.get(speaker);
    if (found === undefined) throw new Error(`${speaker} has no account`);
    return found;
  };
  const accounts = Object.fromEntries(speakers.map((speaker) => [speaker, of(speaker).client.userId]));
  const memory = createMemory();
  return {
    network: "matrix",
    chat: matrixNetwork({
      homeserver: synapse.url,
      accessToken: bot.accessToken,
      inviters: Object.values(accounts),
      memory,
      encryption: memory.encryption,
      log,
    }),
    accounts: accounts as Record<Speaker, string>,
    async ready() {
      for (const { client, room } of clients.values()) {
        await client.waitFor(
          room,
          ({ state_key, content }) => state_key === bot.userId && content.membership === "join",
        );
      }
    },
    say: (speaker, text) => of(speaker).client.say(of(speaker).room, text),
    async shown(speaker, said) {
      const { client, room } = of(speaker);
      const answers = answersTo(await client.events(room), bot.userId, said);
      return answers.map(({ content }) => content.body).join("\n");
    },
    leave: async () => {},
    stop: () => synapse.stop(),
  };
}
