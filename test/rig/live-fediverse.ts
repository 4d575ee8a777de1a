/** The whole product with the Fediverse in front: two snac2 servers that federate, the hypervisor guest, the bot's process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFediverseClient, type FediverseClient, type Status } from "../../lab/fediverse-client.ts";
import { startInstalled } from "../../lab/installed.ts";
import { type Fediverse, startFediverse } from "../../lab/snac.ts";
import { createLiveBot, type LiveBot } from "./live-bot.ts";
import type { LiveHost } from "./live-host.ts";
import { keepSecret } from "./logs.ts";

const servers = { ops: ["manchot", "zelie"], peer: ["zelie", "camille"] } as const;

export type LiveFediverse = LiveHost & {
  readonly fediverse: Fediverse<typeof servers>;
  /** The admin, on the bot's own server. */
  readonly zelie: FediverseClient;
  /** Of the same name, on another. */
  readonly impostor: FediverseClient;
  /** A member with an account on another server, which the configuration lets ask. */
  readonly camille: FediverseClient;
  /** With the bot's own account: what its server has. */
  readonly reader: FediverseClient;
  readonly folder: string;
  readonly startBot: LiveBot["start"];
  readonly configure: LiveBot["configure"];
  /** The bot's answers to a post, as its asker sees them. */
  answers(asker: FediverseClient, status: string): Promise<readonly Status[]>;
  /** Waits for the first that is no progress, and gives its text. */
  answer(asker: FediverseClient, status: string): Promise<Status>;
  stop(): Promise<void>;
};

export const botHandle = "@manchot@ops.test";

/** An account as `manchot.yaml` names it. */
export const pinned = (serverUrl: string, id: string, actorUri: string): string => `${serverUrl} ${id} ${actorUri}`;

export async function startLiveFediverse(): Promise<LiveFediverse> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-live-"));
  const [fediverse, host] = await Promise.all([startFediverse({ servers }), startInstalled()]);
  const { ops, peer } = fediverse.servers;
  const camilleThere = await createFediverseClient(ops.url, ops.users.manchot).lookup("camille@peer.test");
  if (camilleThere === undefined) throw new Error("the servers do not know each other");
  const pin = (id: string, actorUri: string): string => `"${pinned(ops.url, id, actorUri)}"`;
  const program = createLiveBot({
    folder,
    host,
    more: [
      "fediverse:",
      `  server: ${ops.url}`,
      `  user: "${botHandle}"`,
      "  remote: true",
      "  forgeable: true",
      "people:",
      "  - id: zelie",
      "    name: Zélie",
      "    roles: [admin]",
      "    language: fr",
      `    accounts: { fediverse: [${pin(ops.users.zelie.id, ops.users.zelie.actorUri)}] }`,
      "  - id: camille",
      "    name: Camille",
      "    roles: [admin]",
      "    language: fr",
      `    accounts: { fediverse: [${pin(camilleThere.id, peer.users.camille.actorUri)}] }`,
    ],
    env: { MANCHOT_FEDIVERSE_TOKEN: keepSecret(ops.users.manchot.token) },
  });
  const isBot = (status: Status): boolean => status.account.url === ops.users.manchot.actorUri;
  const answers = async (asker: FediverseClient, status: string): Promise<readonly Status[]> =>
    (await asker.replies(status)).filter((one) => isBot(one) && !/^\S+\s*…/u.test(textOf(one)));
  return {
    ...host,
    fediverse,
    zelie: createFediverseClient(ops.url, ops.users.zelie),
    impostor: createFediverseClient(peer.url, peer.users.zelie),
    camille: createFediverseClient(peer.url, peer.users.camille),
    reader: createFediverseClient(ops.url, ops.users.manchot),
    folder,
    startBot: program.start,
    configure: program.configure,
    answers,
    async answer(asker, status) {
      return await asker.waitFor(async () => (await answers(asker, status))[0], 180_000);
    },
    async stop() {
      await program.stop();
      await Promise.all([fediverse.stop(), host.guest.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a reader reads: tags gone, line breaks kept. */
export function textOf(status: Status): string {
  return status.content
    .replace(/<br\s*\/?>|<\/p>/g, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(
      /&(lt|gt|quot|amp|#39);/g,
      (_, name: string) => ({ lt: "<", gt: ">", quot: '"', amp: "&", "#39": "'" })[name] ?? "",
    )
    .replace(/\u200b/gu, "");
}
