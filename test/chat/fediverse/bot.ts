/** A whole bot on the Pleroma stand-in: real store, real policies, the simulated hypervisor in a process of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands } from "../../../commands/index.ts";
import { loadPolicies } from "../../../src/authorisation/load.ts";
import { type Bot, startBot } from "../../../src/bot.ts";
import { type FediverseOptions, fediverseNetwork } from "../../../src/chat/fediverse/network.ts";
import { childTransport } from "../../../src/hypervisor/child.ts";
import { connectHypervisor } from "../../../src/hypervisor/client.ts";
import type { LogLevel } from "../../../src/log.ts";
import { peopleOf } from "../../../src/people/people.ts";
import { openStore } from "../../../src/store/sqlite.ts";
import { testLog } from "../../rig/logs.ts";
import type { Pleroma } from "../../rig/pleroma/pleroma.ts";

export type Fleet = {
  readonly log: readonly string[];
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Resolves when no request is on its way and no post is due. */
  idle(): Promise<void>;
  /** Stops and leaves nothing. */
  end(): Promise<void>;
};

/**
 * The bot `manchot`, whose admin is `zelie`. It can be stopped and started: its records stay. `level`: what is logged, and
 * piles up in `log`.
 */
export function botOn(
  pleroma: Pick<Pleroma, "url" | "user">,
  options: Partial<FediverseOptions> = {},
  level: LogLevel = "debug",
): Fleet {
  const folder = mkdtempSync(join(tmpdir(), "manchot-fediverse-"));
  const lines: string[] = [];
  const log = testLog(lines, level);
  const loaded = loadPolicies("policies", { actions: commands.map(({ action }) => action), host: "sandbox" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { authorisation } = loaded.policies;
  const { id, apId, acct } = pleroma.user("zelie");
  let bot: Bot | undefined;
  const stop = async (): Promise<void> => {
    await bot?.stop();
    bot = undefined;
  };
  return {
    log: lines,
    async start() {
      const store = openStore(join(folder, "manchot.sqlite"));
      const hypervisor = connectHypervisor({
        name: "sandbox",
        transport: childTransport([process.execPath, "src/simulator/main.ts", "--state", join(folder, "hypervisor")]),
        log,
        heads: { last: () => store.head("sandbox"), keep: (head) => store.keepHead("sandbox", head) },
      });
      bot = await startBot({
        store,
        people: peopleOf([
          {
            id: acct,
            name: "Zélie",
            roles: ["admin"],
            language: "en",
            accounts: { fediverse: [`${pleroma.url} ${id} ${apId}`] },
          },
        ]),
        authorisation: () => authorisation,
        hypervisor,
        commands,
        networks: [
          fediverseNetwork({
            server: pleroma.url,
            accessToken: pleroma.user("manchot").token,
            memory: store.memory("fediverse"),
            log,
            ...options,
          }),
        ],
        host: { name: "sandbox", language: "en", timezone: "UTC", ageMs: 600_000 },
        log,
      });
    },
    stop,
    async idle() {
      await bot?.idle();
    },
    async end() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
