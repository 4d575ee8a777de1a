/** The whole product on real parts: Synapse, the hypervisor guest with the executor installed, and the bot's own process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type InstalledOptions, startInstalled } from "../../lab/installed.ts";
import { createMatrixClient, type MatrixClient } from "../../lab/matrix-client.ts";
import { type Synapse, startSynapse } from "../../lab/synapse.ts";
import { createLiveBot, type LiveBot } from "./live-bot.ts";
import type { LiveHost } from "./live-host.ts";
import { keepSecret } from "./logs.ts";

export type Live = LiveHost & {
  readonly synapse: Synapse;
  readonly zelie: MatrixClient;
  readonly mallory: MatrixClient;
  /** The bot's account, to read as nobody but the tests do. */
  readonly botUser: string;
  readonly room: string;
  readonly folder: string;
  readonly startBot: LiveBot["start"];
  readonly configure: LiveBot["configure"];
  stop(): Promise<void>;
};

export async function startLive(options: InstalledOptions = {}): Promise<Live> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-live-"));
  const [synapse, host] = await Promise.all([startSynapse(), startInstalled(options)]);
  const bot = await synapse.register("manchot");
  const admin = await synapse.register("zelie");
  const stranger = await synapse.register("mallory");
  const zelie = createMatrixClient(synapse.url, admin);
  const mallory = createMatrixClient(synapse.url, stranger);
  const program = createLiveBot({
    folder,
    host,
    more: [
      "matrix:",
      `  homeserver: ${synapse.url}`,
      `  user: "${bot.userId}"`,
      `  inviters: ["${admin.userId}"]`,
      "people:",
      "  - id: zelie",
      "    name: Zélie",
      "    roles: [admin]",
      "    language: fr",
      `    accounts: { matrix: ["${admin.userId}"] }`,
    ],
    env: { MANCHOT_MATRIX_TOKEN: keepSecret(bot.accessToken) },
  });
  const live: Live = {
    ...host,
    synapse,
    zelie,
    mallory,
    botUser: bot.userId,
    room: await zelie.createRoom({ invite: [bot.userId, stranger.userId] }),
    folder,
    startBot: program.start,
    configure: program.configure,
    async stop() {
      await program.stop();
      await Promise.all([synapse.stop(), host.guest.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await mallory.join(live.room);
  return live;
}
