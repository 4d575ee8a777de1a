/** The executor in a process of its own, over the simulated host that survives it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { daemonFlags } from "../../src/executor/setup/files.ts";
import { Peer } from "./peer.ts";

export type Running = {
  readonly child: ChildProcess;
  readonly peer: Peer;
  /** What it wrote to stderr so far. */
  words(): string;
  /** SIGKILL, by PID, and the wait for its end. */
  kill(): Promise<void>;
};

/** `folder` holds the simulated hypervisor and the executor's state. `pauseAt`: one of the points. */
export function startProcess(folder: string, pauseAt?: string, options: readonly string[] = []): Running {
  return start(process.execPath, ["src/simulator/main.ts", "--state", folder, ...options], pauseAt);
}

/** The same as it runs on a hypervisor: one bundle, with the flags of the daemon's unit. */
export async function startBundled(folder: string): Promise<Running> {
  const outfile = join(folder, "simulator.mjs");
  await build({
    entryPoints: ["src/simulator/main.ts"],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "error",
  });
  return start(existsSync(systemNode) ? systemNode : process.execPath, [...daemonFlags, outfile, "--state", folder]);
}

/** Debian's own Node, where there is one. */
const systemNode = "/usr/bin/node";

function start(node: string, argv: readonly string[], pauseAt?: string): Running {
  const { MANCHOT_PAUSE_AT: _, ...inherited } = process.env;
  const child = spawn(node, argv, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...inherited, ...(pauseAt === undefined ? {} : { MANCHOT_PAUSE_AT: pauseAt }) },
  });
  let words = "";
  child.stderr.on("data", (chunk: Buffer) => {
    words += chunk.toString("utf8");
  });
  const peer = new Peer(child.stdout, child.stdin);
  return {
    child,
    peer,
    words: () => words,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** Waits until the process said that it stands at its point. */
export async function paused({ child, words }: Running): Promise<void> {
  while (!words().includes("PAUSED")) {
    if (child.exitCode !== null) throw new Error(`it ended instead: ${words()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** How many snapshots of the simulated hypervisor bear this operation's id, as its disk has it. */
export function snapshotsOf(folder: string, id: string): number {
  const model = JSON.parse(readFileSync(join(folder, "hypervisor", "hypervisor.json"), "utf8"));
  const all: unknown[] = model.datasets.flatMap(({ snapshots }: { snapshots: unknown[] }) => snapshots);
  return all.filter((one) => JSON.stringify(one).includes(id)).length;
}
