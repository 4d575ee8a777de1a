/** A Matrix server of one's own for a test: Synapse on a free loopback port, from a database made beforehand. */
import type { ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { cpSync, existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, cacheFolder, recipeKey } from "./cache.ts";
import { end } from "./owned.ts";
import { freePort } from "./port.ts";
import { contained, must, tell } from "./run.ts";
import { runFolder } from "./run-folder.ts";
import { type Rates, registrationSecret, SynapsePortTaken, serverName, startProcess } from "./synapse/homeserver.ts";

const here = dirname(fileURLToPath(import.meta.url));
/** The configuration is not in it: the database that is kept holds nothing but its schema. */
const key = (): string => recipeKey([join(here, "synapse/fetch.sh")]);

/** Of every account that is registered here without another. */
export const labPassword = "lab-password";

export const synapseFolder = (): string => join(cacheFolder, `synapse-${key()}`);

/** Fetches Synapse and makes its empty database, unless that was done. */
export async function buildSynapse(): Promise<void> {
  await cached("synapse", key(), async (folder) => {
    tell("Synapse: fetching");
    await must(contained(["bash", join(here, "synapse/fetch.sh"), folder]));
    tell("Synapse: its first start, for an empty database");
    // In a run's folder: Synapse writes its own path into files that must not be kept.
    const data = runFolder("synapse");
    const child = await startProcess({ tree: folder, data, port: await freePort() });
    await end(child, "SIGTERM");
    for (const file of ["homeserver.db", "homeserver.db-wal", "homeserver.db-shm", "signing.key"]) {
      if (existsSync(join(data, file))) cpSync(join(data, file), join(folder, "template", file));
    }
    rmSync(data, { recursive: true, force: true });
  });
  tell("Synapse: ready");
}

export type Account = { readonly userId: string; readonly accessToken: string; readonly deviceId: string };

export type Synapse = {
  readonly url: string;
  readonly serverName: string;
  /** Configuration, database and logs. */
  readonly folder: string;
  pid(): number;
  /** A new account, with `labPassword` unless another is given. */
  register(name: string, options?: { readonly admin?: boolean; readonly password?: string }): Promise<Account>;
  /** One more device of an account. */
  login(name: string, password?: string): Promise<Account>;
  /** SIGKILL; `restart` brings it back on the same data and port. */
  kill(): Promise<void>;
  restart(rates?: Rates): Promise<void>;
  /** SIGSTOP and SIGCONT: it hangs, and goes on. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
};

type Answer = { readonly user_id: string; readonly access_token: string; readonly device_id: string };

/** Starts a private Synapse, without rate limits unless some are given. It dies with this process. */
export async function startSynapse(rates: Rates = {}): Promise<Synapse> {
  const tree = synapseFolder();
  if (!existsSync(tree)) throw new Error("Synapse is not fetched: npm run lab -- build");
  const data = runFolder("synapse");
  cpSync(join(tree, "template"), data, { recursive: true });
  let port = 0;
  let child: ChildProcess;
  for (let tries = 0; ; tries++) {
    port = await freePort();
    try {
      child = await startProcess({ tree, data, port, rates });
      break;
    } catch (fault) {
      if (fault instanceof SynapsePortTaken && tries < 5) continue;
      rmSync(data, { recursive: true, force: true });
      throw fault;
    }
  }
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    serverName,
    folder: data,
    pid: () => child.pid ?? 0,
    async register(name, { admin = false, password = labPassword } = {}) {
      const { nonce } = await call<{ nonce: string }>(url, "GET", "/_synapse/admin/v1/register");
      const parts = [nonce, name, password, admin ? "admin" : "notadmin"];
      const mac = createHmac("sha1", registrationSecret).update(parts.join("\0")).digest("hex");
      const body = { nonce, username: name, password, admin, mac };
      return account(await call<Answer>(url, "POST", "/_synapse/admin/v1/register", body));
    },
    async login(name, password = labPassword) {
      const identifier = { type: "m.id.user", user: name };
      const body = { type: "m.login.password", identifier, password };
      return account(await call<Answer>(url, "POST", "/_matrix/client/v3/login", body));
    },
    kill: () => end(child),
    async restart(newRates = rates) {
      await end(child);
      child = await startProcess({ tree, data, port, rates: newRates });
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async stop() {
      await end(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

const account = (made: Answer): Account => ({
  userId: made.user_id,
  accessToken: made.access_token,
  deviceId: made.device_id,
});

async function call<T>(url: string, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
