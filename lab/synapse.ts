/** A Matrix server of one's own for a test: Synapse on a free loopback port, from a database made beforehand. */
import type { ChildProcess } from "node:child_process";
import { createHmac } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, cacheFolder, recipeKey } from "./cache.ts";
import { freePort } from "./port.ts";
import { must, tell } from "./run.ts";
import { type Rates, registrationSecret, serverName, startProcess } from "./synapse/homeserver.ts";

const here = dirname(fileURLToPath(import.meta.url));
const recipe = [join(here, "synapse/fetch.sh"), join(here, "synapse/homeserver.ts")];

export const synapseFolder = (): string => join(cacheFolder, `synapse-${recipeKey(recipe)}`);

/** Fetches Synapse and makes its empty database, unless that was done. */
export async function buildSynapse(): Promise<void> {
  await cached("synapse", recipeKey(recipe), async (folder) => {
    tell("Synapse: fetching");
    await must(["bash", join(here, "synapse/fetch.sh"), folder]);
    tell("Synapse: its first start, for an empty database");
    // In a folder of the temporary kind: Synapse writes its own path into files that must not be kept.
    const data = mkdtempSync(join(tmpdir(), "manchot-synapse-"));
    const child = await startProcess(folder, data, await freePort());
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
  readonly pid: () => number;
  register(name: string, options?: { readonly admin?: boolean }): Promise<Account>;
  /** SIGKILL; `restart` brings it back on the same data and port. */
  kill(): Promise<void>;
  restart(rates?: Rates): Promise<void>;
  /** SIGSTOP and SIGCONT: it hangs, and goes on. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
};

/** Starts a private Synapse, without rate limits unless some are given. It dies with this process. */
export async function startSynapse(rates: Rates = {}): Promise<Synapse> {
  const tree = synapseFolder();
  if (!existsSync(tree)) throw new Error("Synapse is not fetched: npm run lab -- build");
  const data = mkdtempSync(join(tmpdir(), "manchot-synapse-"));
  cpSync(join(tree, "template"), data, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child = await startProcess(tree, data, port, rates);
  return {
    url,
    serverName,
    pid: () => child.pid ?? 0,
    async register(name, options = {}) {
      const { nonce } = await call<{ nonce: string }>(url, "GET", "/_synapse/admin/v1/register");
      const admin = options.admin === true;
      const parts = [nonce, name, "lab-password", admin ? "admin" : "notadmin"];
      const mac = createHmac("sha1", registrationSecret).update(parts.join("\0")).digest("hex");
      const body = { nonce, username: name, password: "lab-password", admin, mac };
      const made = await call<{ user_id: string; access_token: string; device_id: string }>(
        url,
        "POST",
        "/_synapse/admin/v1/register",
        body,
      );
      return { userId: made.user_id, accessToken: made.access_token, deviceId: made.device_id };
    },
    kill: () => end(child, "SIGKILL"),
    async restart(newRates = rates) {
      await end(child, "SIGKILL");
      child = await startProcess(tree, data, port, newRates);
    },
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    async stop() {
      await end(child, "SIGKILL");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

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

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}
