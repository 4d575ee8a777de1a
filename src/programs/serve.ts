/** `manchot serve`: the live bot. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../commands/index.ts";
import { type PoliciesInForce, policiesInForce } from "../authorisation/in-force.ts";
import { watchFolder } from "../authorisation/watch.ts";
import { startBot } from "../bot.ts";
import { fediverseNetwork } from "../chat/fediverse/network.ts";
import { matrixNetwork } from "../chat/matrix/network.ts";
import type { ChatNetwork } from "../chat/port.ts";
import type { Config } from "../config/load.ts";
import { printProblems } from "../config/problem.ts";
import type { Start } from "../config/start.ts";
import { policyTroubles } from "../conversation/answers.ts";
import type { Heads } from "../hypervisor/heads.ts";
import { createLog, faultOf, type Log, type LogLevel } from "../log.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { fediverseOf, folderOf, hypervisorOf, type LiveOptions, matrixOf, readStart, tokensOf } from "./ports.ts";
import { storeFile } from "./store-file.ts";

type ServeOptions = LiveOptions & { readonly logLevel: LogLevel };

/** Serves until SIGTERM or SIGINT. The exit code: 1 where it could not start. */
export async function serve(options: ServeOptions): Promise<number> {
  const start = readStart(options);
  if (!start.ok) {
    process.stderr.write(`Manchot cannot start:\n${printProblems(start.problems)}\n`);
    return 1;
  }
  const { config, people } = start;
  const log = createLog(options.logLevel, tokensOf(config));
  mkdirSync(config.state, { recursive: true, mode: 0o700 });
  const store = openStore(join(config.state, storeFile));
  const headsOf = (name: string): Heads => ({
    last: () => store.head(name),
    keep: (head) => store.keepHead(name, head),
  });
  const hypervisor = hypervisorOf(config, headsOf, log);
  const networks = networksOf(config, store, log);
  let rules: LiveRules | undefined;
  try {
    rules = keepRules(options, start, store, log);
    const { inForce } = rules;
    const bot = await startBot({
      store,
      people,
      authorisation: () => inForce.now().authorisation,
      troubles: (say) => policyTroubles(inForce.problems(), say),
      hypervisor,
      commands,
      networks,
      host: { name: config.name, language: config.language, timezone: config.timezone, ageMs: config.ageMs },
      log,
    });
    log.info({ host: config.name, hypervisor: hypervisor.name, networks: networkNames(config) }, "listening");
    await signalled();
    await bot.stop();
    return 0;
  } catch (fault) {
    log.error(faultOf(fault), "Manchot cannot start");
    await Promise.allSettled([...networks.map((network) => network.stop()), hypervisor.close()]);
    store.close();
    return 1;
  } finally {
    rules?.close();
  }
}

type LiveRules = { readonly inForce: PoliciesInForce; close(): void };

/** The policies, read again at SIGHUP and when their files change. */
function keepRules(options: ServeOptions, start: Extract<Start, { ok: true }>, store: Store, log: Log): LiveRules {
  const folder = folderOf(options);
  const { policies: first, readPolicies: read } = start;
  const inForce = policiesInForce({ folder, first, read, journal: store.policyChanges, log });
  const reload = (cause: "signal" | "files"): void => {
    if (inForce.reload(cause) === "unsettled") watching.soon();
  };
  const watching = watchFolder(folder, () => reload("files"), log);
  const hangUp = (): void => reload("signal");
  process.on("SIGHUP", hangUp);
  // What was changed between the first reading and now.
  watching.soon();
  return {
    inForce,
    close() {
      process.off("SIGHUP", hangUp);
      watching.close();
    },
  };
}

/** Names for people, of the networks that are configured. */
function networkNames({ matrix, fediverse }: Config): string[] {
  return [...(matrix === undefined ? [] : ["Matrix"]), ...(fediverse === undefined ? [] : ["Fediverse"])];
}

function networksOf(config: Config, store: Store, log: Log): ChatNetwork[] {
  const matrix = matrixOf(config, log);
  const fediverse = fediverseOf(config, log);
  return [
    ...(matrix === undefined ? [] : [matrixNetwork({ ...matrix, memory: store.memory("matrix") })]),
    ...(fediverse === undefined ? [] : [fediverseNetwork({ ...fediverse, memory: store.memory("fediverse") })]),
  ];
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}
