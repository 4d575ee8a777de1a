/** The daemon: one ledger, one executor, and every stream that is attached to it. */
import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { type Config, rulesOf } from "./config.ts";
import { Executor, type Rules } from "./executor.ts";
import { serveConnection } from "./gate/connection.ts";
import type { Host } from "./host/host.ts";
import { openLedger } from "./ledger.ts";
import { createLog, type Log } from "./log.ts";
import { listenAt } from "./sockets.ts";
import { lockState } from "./state-lock.ts";
import { version } from "./version.ts";

/** How long a stop waits for the step in hand, in milliseconds. */
const longestStop = 60_000;
const day = 24 * 3600 * 1000;
const minute = 60_000;

/** Another executor serves this state folder. */
export class AlreadyServed extends Error {}

export interface Daemon {
  /** Serves one more stream under an identity that the caller vouches for. Resolves when it has ended. */
  attachStream(identity: string, readable: Readable, writable: Writable): Promise<void>;
  /** Finishes the steps in hand, for a minute at most, and lets go of the state folder. */
  close(): Promise<void>;
}

/** What must be told to begin: the rules, the state folder, and where log lines and the worst go. */
export type Start = {
  readonly rules: Rules;
  readonly state: string;
  readonly host: Host;
  readonly log: Log;
  /** Called with what cannot be survived; the program should end. */
  readonly fatal: (error: unknown) => void;
};

/**
 * Opens the state folder, takes up what was accepted before, and is ready for streams. Throws `AlreadyServed` or
 * `JournalDamaged`. The sandbox runs this very function over its simulated host.
 */
export async function startDaemon({ rules, state, host, log: write, fatal }: Start): Promise<Daemon> {
  const lock = await lockState(state);
  if (lock === undefined) throw new AlreadyServed(`another executor serves ${state} already`);
  const log = createLog(() => host.monotonic(), write);
  const ledger = openLedger(state, () => host.now());
  const executor = new Executor(rules, host, ledger, { log, fatal });
  ledger.record("started", { version, host: rules.host, pid: process.pid });
  ledger.secure();
  executor.resume();
  const forgetting = setInterval(() => ledger.memory.forget(executor.now()), day);
  forgetting.unref();
  const looking = setInterval(() => executor.look(), minute);
  looking.unref();
  const connections = new Set<Readable>();
  return {
    async attachStream(identity, readable, writable) {
      connections.add(readable);
      await serveConnection(executor, identity, readable, writable);
      connections.delete(readable);
    },
    async close() {
      clearInterval(forgetting);
      clearInterval(looking);
      await executor.stop(longestStop);
      for (const readable of connections) readable.destroy();
      ledger.record("stopped", {});
      ledger.secure();
      ledger.close();
      lock.close();
    },
  };
}

/** Serves the sockets of a configuration. What it gives ends it. */
export async function serve(config: Config, host: Host, log: Log, fatal: (error: unknown) => void): Promise<Daemon> {
  const daemon = await startDaemon({ rules: rulesOf(config), state: config.state, host, log, fatal });
  const attach = (identity: string) => (socket: Socket) => {
    void daemon.attachStream(identity, socket, socket).catch(fatal);
  };
  const { bot, host: root } = config.sockets;
  const servers = [
    await listenAt(root.path, undefined, attach("host")),
    await listenAt(bot.path, bot.group, attach("bot")),
  ];
  return {
    attachStream: daemon.attachStream,
    async close() {
      for (const server of servers) server.close();
      await daemon.close();
    },
  };
}
