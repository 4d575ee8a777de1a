/** What a configuration leads to: the networks and the hypervisor, for the live bot, and for who checks whether they answer. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { commands } from "../../commands/index.ts";
import type { FediverseOptions } from "../chat/fediverse/network.ts";
import type { MatrixOptions } from "../chat/matrix/network.ts";
import type { Config } from "../config/load.ts";
import { checkStart, type Start } from "../config/start.ts";
import { connectHypervisor } from "../hypervisor/client.ts";
import type { Heads } from "../hypervisor/heads.ts";
import { parseHostKeyPin } from "../hypervisor/host-key.ts";
import type { Hypervisor } from "../hypervisor/port.ts";
import { sshTransport } from "../hypervisor/ssh.ts";
import type { Log } from "../log.ts";
import { policiesFolder } from "./policies-folder.ts";
import { encryptionFile } from "./store-file.ts";

export type LiveOptions = { readonly config: string; readonly policies?: string };

export const folderOf = (options: LiveOptions): string => options.policies ?? policiesFolder;

/** The file of the secrets: beside the configuration, as the README has it. */
export const secretsFile = (options: LiveOptions): string => join(dirname(options.config), ".env");

/** All that can be known before anything is opened. What the environment holds already stays as it is. */
export function readStart(options: LiveOptions): Start {
  const secrets = secretsFile(options);
  if (existsSync(secrets)) process.loadEnvFile(secrets);
  return checkStart({ config: options.config, env: process.env, policies: folderOf(options), commands });
}

/** The tokens in clear: for the log, so that it can take them out. */
export function tokensOf({ matrix, fediverse }: Config): string[] {
  return [matrix, fediverse].flatMap((network) => (network === undefined ? [] : [network.token.reveal()]));
}

/** All but where it remembers. */
export function matrixOf({ matrix, state }: Config, log: Log): Omit<MatrixOptions, "memory"> | undefined {
  if (matrix === undefined) return undefined;
  const { homeserver, user, inviters, trust, token } = matrix;
  const encryption = { file: join(state, encryptionFile) };
  return { homeserver, user, inviters, trust, encryption, accessToken: token.reveal(), log };
}

/** All but where it remembers. */
export function fediverseOf({ fediverse }: Config, log: Log): Omit<FediverseOptions, "memory"> | undefined {
  if (fediverse === undefined) return undefined;
  const { server, user, forgeable, token } = fediverse;
  return { server, user, forgeable, accessToken: token.reveal(), log };
}

/** The one hypervisor; it connects at once. */
export function hypervisorOf(config: Config, headsOf: (name: string) => Heads, log: Log): Hypervisor {
  const [host] = config.hypervisors;
  const hostKey = host === undefined ? undefined : parseHostKeyPin(host.ssh.hostKey);
  if (host === undefined || hostKey === undefined)
    throw new Error("a configuration without a hypervisor was let through");
  const { address, port, user, key } = host.ssh;
  const privateKey = readFileSync(key, "utf8");
  const transport = sshTransport({ host: address, port, user, privateKey, hostKey, log });
  return connectHypervisor({ name: host.name, transport, log, heads: headsOf(host.name) });
}
