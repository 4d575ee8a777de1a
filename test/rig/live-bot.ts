/** `manchot serve` in a process of its own, with a configuration that reaches a real hypervisor. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LiveHost } from "./live-host.ts";
import { type Program, startProgram } from "./process.ts";

export type StartOptions = {
  readonly pauseAt?: string;
  readonly ready?: boolean;
  /** Whether to wait until the executor answers, too: by default as `ready`. */
  readonly reachable?: boolean;
  readonly env?: Readonly<Record<string, string>>;
};

export type Changes = {
  readonly hostKey?: string;
  readonly port?: number;
  /** Lines at the end of `people`. */
  readonly people?: readonly string[];
};

export type LiveBot = {
  /** Starts it; ready when it listens, unless it pauses at a point before. */
  start(options?: StartOptions): Promise<Program>;
  /** Writes the configuration anew, with another host key or one more person for instance. */
  configure(changes: Changes): void;
  /** Kills all that still run. */
  stop(): Promise<void>;
};

/** `more`: the lines of the configuration that tell networks and, at their end, people. `env`: the networks' tokens. */
export function createLiveBot(given: {
  readonly folder: string;
  readonly host: LiveHost;
  readonly more: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}): LiveBot {
  const { guest, executor } = given.host;
  const running = new Set<Program>();
  let current: Required<Changes> = { hostKey: guest.hostKey.fingerprint, port: guest.port, people: [] };
  const configuration = join(given.folder, "manchot.yaml");
  const write = (): void =>
    writeFileSync(
      configuration,
      [
        "name: liberta",
        "language: fr",
        "timezone: Europe/Paris",
        // What is kept for being late is another test's; here a slow machine must not make it so.
        "age: 24 h",
        `state: ${join(given.folder, "state")}`,
        "hypervisors:",
        "  - name: host1",
        "    ssh:",
        `      address: ${guest.address}`,
        `      port: ${current.port}`,
        `      user: ${executor.user}`,
        `      key: ${executor.keyFile}`,
        `      hostKey: "${current.hostKey}"`,
        ...given.more,
        ...current.people,
        "",
      ].join("\n"),
    );
  write();
  return {
    async start({ pauseAt, ready = true, reachable = ready, env = {} } = {}) {
      const program = startProgram([process.execPath, "src/main.ts", "serve", "--config", configuration], {
        ...given.env,
        ...(pauseAt === undefined ? {} : { MANCHOT_PAUSE_AT: pauseAt }),
        ...env,
      });
      running.add(program);
      void program.exited.then(() => running.delete(program));
      if (ready) await program.line(/"msg":"listening"/);
      if (reachable) await program.line(/"msg":"the executor answers"/, 120_000);
      return program;
    },
    configure(changes) {
      current = { ...current, ...changes };
      write();
    },
    async stop() {
      await Promise.all([...running].map((program) => program.kill()));
    },
  };
}
