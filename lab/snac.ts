/** A small Fediverse of one's own for a test: snac2 servers on loopback ports that federate under made-up names. */
import type { ChildProcess } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, cacheFolder, recipeKey } from "./cache.ts";
import { end } from "./owned.ts";
import { freePort } from "./port.ts";
import { contained, must, tell } from "./run.ts";
import { runFolder } from "./run-folder.ts";
import { initialise, SnacPortTaken, startInstance } from "./snac/instance.ts";
import { type NameProxy, startNameProxy } from "./snac/proxy.ts";

const here = dirname(fileURLToPath(import.meta.url));
const key = (): string => recipeKey([join(here, "snac/fetch.sh")]);

export const snacFolder = (): string => join(cacheFolder, `snac-${key()}`);

/** Fetches snac2, unless that was done. */
export async function buildSnac(): Promise<void> {
  await cached("snac", key(), async (folder) => {
    tell("snac2: fetching");
    await must(contained(["bash", join(here, "snac/fetch.sh"), folder]));
  });
  tell("snac2: ready");
}

export type FediverseUser = {
  readonly name: string;
  readonly token: string;
  readonly actorUri: string;
  /** On its own server. */
  readonly id: string;
  /** `@user@host`. */
  readonly handle: string;
};

export type FediverseServer<User extends string = string> = {
  /** The host name in its accounts: `ops.test` for the server called `ops`. */
  readonly host: string;
  /** Where its API is. */
  readonly url: string;
  /** Its accounts, posts and log. */
  readonly folder: string;
  readonly users: Readonly<Record<User, FediverseUser>>;
  pid(): number;
  /** SIGKILL; `restart` brings it back on the same data and port. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT: it hangs, and goes on. */
  pause(): void;
  resume(): void;
};

export type Fediverse<Servers extends Readonly<Record<string, readonly string[]>> = Record<string, readonly string[]>> =
  {
    readonly servers: { readonly [Name in keyof Servers]: FediverseServer<Servers[Name][number]> };
    /** Through which all of them reach one another, and whoever else gets a name. */
    readonly names: NameProxy;
    stop(): Promise<void>;
  };

type Running = FediverseServer & { stop(): Promise<void> };

/** Starts a private server for each name, with its users. All of it dies with this process. */
export async function startFediverse<const Servers extends Readonly<Record<string, readonly string[]>>>({
  servers,
}: {
  readonly servers: Servers;
}): Promise<Fediverse<Servers>> {
  const tree = snacFolder();
  if (!existsSync(tree)) throw new Error("snac2 is not fetched: npm run lab -- build");
  const names = await startNameProxy();
  const started = await Promise.allSettled(
    Object.entries(servers).map(async ([name, users]) => [name, await startServer(tree, names, name, users)] as const),
  );
  const running = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(([, server]) => server.stop()));
    await names.stop();
  };
  const failed = started.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { servers: Object.fromEntries(running) as unknown as Fediverse<Servers>["servers"], names, stop };
}

async function startServer(
  tree: string,
  names: NameProxy,
  name: string,
  userNames: readonly string[],
): Promise<Running> {
  const folder = runFolder("snac");
  // snac init wants a folder that is not there yet.
  const data = join(folder, "data");
  const host = `${name}.test`;
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (child !== undefined) await end(child);
  };
  const stop = async (): Promise<void> => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const passwords = await initialise(tree, data, host, userNames);
    const started = await startAnywhere(tree, data, names);
    child = started.child;
    const { port } = started;
    names.route(host, port);
    const url = `http://127.0.0.1:${port}`;
    const users: Record<string, FediverseUser> = {};
    for (const [user, password] of passwords) users[user] = await login(url, host, user, password);
    return {
      host,
      url,
      folder: data,
      users,
      pid: () => child?.pid ?? 0,
      kill,
      async restart() {
        await kill();
        child = await startInstance({ tree, data, port, proxy: names.url });
      },
      pause: () => void child?.kill("SIGSTOP"),
      resume: () => void child?.kill("SIGCONT"),
      stop,
    };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

async function startAnywhere(
  tree: string,
  data: string,
  names: NameProxy,
): Promise<{ child: ChildProcess; port: number }> {
  for (let tries = 0; ; tries++) {
    const port = await freePort();
    try {
      return { child: await startInstance({ tree, data, port, proxy: names.url }), port };
    } catch (fault) {
      if (!(fault instanceof SnacPortTaken) || tries >= 5) throw fault;
    }
  }
}

async function login(url: string, host: string, name: string, password: string): Promise<FediverseUser> {
  const options = { headers: { connection: "close" }, signal: AbortSignal.timeout(30_000) };
  const body = new URLSearchParams({ login: name, passwd: password });
  const answer = await fetch(`${url}/oauth/x-snac-get-token`, { ...options, method: "POST", body });
  const token = await answer.text();
  const headers = { ...options.headers, authorization: `Bearer ${token}` };
  const me = await fetch(`${url}/api/v1/accounts/verify_credentials`, { ...options, headers });
  if (!me.ok) throw new Error(`${name} cannot log in at ${host}: ${me.status}`);
  const { id } = (await me.json()) as { readonly id: string };
  return { name, token, id, actorUri: `http://${host}/${name}`, handle: `@${name}@${host}` };
}
