/** The executor's real logic over the simulated host, in this process, with a clock and a folder of the test's own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { onTestFinished } from "vitest";
import type { Rules } from "../../src/executor/executor.ts";
import type { Host } from "../../src/executor/host/host.ts";
import { type Daemon, startDaemon } from "../../src/executor/serve.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { Peer } from "./peer.ts";

export const rules: Rules = {
  host: "bench",
  limits: { perMinute: 10, perHour: 60 },
  rails: { protected: [], maximum: { vms: 1, snapshots: 50 } },
};

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "manchot-executor-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export type Bench = {
  readonly daemon: Daemon;
  readonly simulator: Simulator;
  /** Lines of the log. */
  readonly log: string[];
  /** What should have ended the program. */
  readonly fatal: unknown[];
  connect(identity?: string): Peer;
};

type Given = { rules?: Partial<Rules>; simulator?: Simulator; host?: (simulator: Simulator) => Host; state?: string };

export async function startBench(given: Given = {}): Promise<Bench> {
  const simulator = given.simulator ?? new Simulator();
  const log: string[] = [];
  const fatal: unknown[] = [];
  const daemon = await startDaemon({
    rules: { ...rules, ...given.rules },
    state: given.state ?? temporaryFolder(),
    host: given.host?.(simulator) ?? simulator,
    log: (line) => log.push(line),
    fatal: (error) => fatal.push(error),
  });
  onTestFinished(() => daemon.close().catch(() => undefined));
  const connect = (identity = "bot") => {
    const [there, back] = [new PassThrough(), new PassThrough()];
    void daemon.attachStream(identity, there, back);
    return new Peer(back, there);
  };
  return { daemon, simulator, log, fatal, connect };
}
