/** `manchot serve`: the live bot. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commands } from "../../commands/index.ts";
import { type PoliciesInForce, policiesInForce } from "../authorisation/in-force.ts";
import { watchFolder } from "../authorisation/watch.ts";
import { startBot } from "../bot.ts";
import { fediverseNetwork } from "../chat/fediverse/network.ts";
import { matrixNetwork } from "../chat/matrix/network.ts";
import type { ChatNetwork } from "../chat/port.ts";
import type { Config } from "../config/load.ts";
import { printProblems } from "../config/problem.ts";
import { checkStart, type Start } from "../config/start.ts";
import { policyTroubles } from "../conversation/answers.ts";
import { connectHypervisor } from "../hypervisor/client.ts";
import { parseHostKeyPin } from "../hypervisor/host-key.ts";
import { sshTransport } from "../hypervisor/ssh.ts";
import type { Transport } from "../hypervisor/transport.ts";
import { createLog, faultOf, type Log, type LogLevel } from "../log.ts";
import { openStore } from "../store/sqlite.ts";
import type { Store } from "../store/store.ts";
import { policiesFolder } from "./policies-folder.ts";
import { storeFile } from "./store-file.ts";

export type ServeOptions = { readonly config: string; readonly policies?: string; readonly logLevel: LogLevel };

/** Everything that `serve` checks before it starts; prints what is wrong. True: nothing. */
export function check(options: ServeOptions): boolean {
  const start = read(options);
  if (start.ok) {
    const tokens = tokensOf(start.config).length === 1 ? "token" : "tokens";
    const on = networkNames(start.config).join(" and ");
    process.stdout.write(`Configuration, people, policies, key and ${tokens} (${on}): nothing wrong.\n`);
  }
  return start.ok;
}

function read(options: ServeOptions) {
  // Beside the configuration, as the README has it. What the environment holds already stays as it is.
  const secrets = join(dirname(options.config), ".env");
  if (existsSync(secrets)) process.loadEnvFile(secrets);
  const start = checkStart({
    config: options.config,
    env: process.env,
    policies: folderOf(options),
    commands,
  });
  if (!start.ok) process.stderr.write(`Manchot cannot start:\n${printProblems(start.problems)}\n`);
  return start;
}

/** Serves until SIGTERM or SIGINT. The exit code: 1 where it could not start. */
export async function serve(options: ServeOptions): Promise<number> {
  const start = read(options);
  if (!start.ok) return 1;
  const { config, people } = start;
  const log = createLog(options.logLevel, tokensOf(config));
  mkdirSync(config.state, { recursive: true, mode: 0o700 });
  const store = openStore(join(config.state, storeFile));
  const [host] = config.hypervisors;
  if (host === undefined) throw new Error("a configuration without a hypervisor was let through");
  const hypervisor = connectHypervisor({
    name: host.name,
    transport: transportTo(host.ssh, log),
    log,
    heads: { last: () => store.head(host.name), keep: (head) => store.keepHead(host.name, head) },
  });
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
    log.info({ host: config.name, hypervisor: host.name, networks: networkNames(config) }, "listening");
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
  return {
    inForce,
    close() {
      process.off("SIGHUP", hangUp);
      watching.close();
    },
  };
}

const folderOf = (options: ServeOptions): string => options.policies ?? policiesFolder;

/** Names for people, of the networks that are configured. */
function networkNames({ matrix, fediverse }: Config): string[] {
  return [...(matrix === undefined ? [] : ["Matrix"]), ...(fediverse === undefined ? [] : ["Fediverse"])];
}

/** The tokens in clear: for the log, so that it can take them out. */
function tokensOf({ matrix, fediverse }: Config): string[] {
  return [matrix, fediverse].flatMap((network) => (network === undefined ? [] : [network.token.reveal()]));
}

function networksOf({ matrix, fediverse }: Config, store: Store, log: Log): ChatNetwork[] {
  const networks: ChatNetwork[] = [];
  if (matrix !== undefined) {
    const { homeserver, user, inviters, token } = matrix;
    const memory = store.memory("matrix");
    networks.push(matrixNetwork({ homeserver, user, inviters, accessToken: token.reveal(), memory, log }));
  }
  if (fediverse !== undefined) {
    const { server, user, forgeable, token } = fediverse;
    const memory = store.memory("fediverse");
    networks.push(fediverseNetwork({ server, user, forgeable, accessToken: token.reveal(), memory, log }));
  }
  return networks;
}

function transportTo(ssh: Config["hypervisors"][number]["ssh"], log: Log): Transport {
  const hostKey = parseHostKeyPin(ssh.hostKey);
  if (hostKey === undefined) throw new Error("a host key that cannot be read was let through");
  return sshTransport({
    host: ssh.address,
    port: ssh.port,
    user: ssh.user,
    privateKey: readFileSync(ssh.key, "utf8"),
    hostKey,
    log,
  });
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
}
