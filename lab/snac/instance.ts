/** One snac2: its folder, its accounts, its process. */
import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, hasEnded, startOwned } from "../owned.ts";
import { must } from "../run.ts";

/** Another program took the port between its choice and its use. */
export class SnacPortTaken extends Error {}

/** The unpacked snac2, started with the libraries it was unpacked with. */
function snac(tree: string): string[] {
  const root = join(tree, "root");
  const libraries = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"].map((folder) => join(root, folder));
  const loader = join(root, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
  return [loader, "--library-path", libraries.join(":"), join(root, "usr/bin/snac")];
}

/** Makes the folder of an instance with that host name, and an account for each user; returns their passwords. */
export async function initialise(
  tree: string,
  data: string,
  host: string,
  users: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const answers = ["127.0.0.1", "8001", host, "", ""];
  await must([...snac(tree), "init", data], { input: `${answers.join("\n")}\n` });
  configure(data, { protocol: "http" });
  const passwords = new Map<string, string>();
  for (const user of users) {
    const said = await must([...snac(tree), "adduser", data, user]);
    const password = /User password is (\S+)/.exec(said)?.[1];
    if (password === undefined) throw new Error(`snac adduser ${user} told no password: ${said}`);
    passwords.set(user, password);
  }
  return passwords;
}

function configure(data: string, changes: Readonly<Record<string, unknown>>): void {
  const file = join(data, "server.json");
  const configuration = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...configuration, ...changes }, null, 2));
}

export type SnacStart = {
  /** The unpacked packages. */
  readonly tree: string;
  readonly data: string;
  readonly port: number;
  /** Through which it reaches the others. */
  readonly proxy: string;
};

/**
 * snac2 keeps its state in shared memory under its host name, and a semaphore under its PID: instances of one name would
 * stop one another, and a killed one would leave both behind. So each has a /dev/shm of its own, which ends with it.
 */
const withOwnSharedMemory = (argv: readonly string[]): string[] => [
  ...["unshare", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), "--mount"],
  ...["sh", "-c", 'mount -t tmpfs tmpfs /dev/shm && exec setpriv --pdeathsig KILL "$@"', "sh"],
  ...argv,
];

/** Starts it; resolves when it answers. It dies with this process. */
export async function startInstance({ tree, data, port, proxy }: SnacStart): Promise<ChildProcess> {
  // Its sandbox would let it connect to ports 80 and 443 only, and the proxy has another.
  configure(data, { port, dbglevel: 1, disable_sandbox: true });
  mkdirSync(data, { recursive: true });
  const logFile = join(data, "snac.log");
  const log = openSync(logFile, "a");
  const env = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", http_proxy: proxy, HOME: data };
  const child = startOwned(withOwnSharedMemory([...snac(tree), "httpd", data]), { cwd: data, env, log });
  closeSync(log);
  const url = `http://127.0.0.1:${port}/api/v1/instance`;
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(50)) {
    if (hasEnded(child)) {
      const words = readFileSync(logFile, "utf8").trim().slice(-2000);
      if (words.includes("cannot bind socket")) throw new SnacPortTaken(words);
      throw new Error(`snac2 ended at once: ${words}`);
    }
    const answered = await fetch(url, { signal: AbortSignal.timeout(2000), headers: { connection: "close" } }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (answered) return child;
  }
  await end(child);
  throw new Error(`snac2 did not answer within a minute; see ${logFile}`);
}
