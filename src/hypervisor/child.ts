/**
 * The way to an executor that this program starts itself and speaks with over stdin and stdout: the sandbox's simulator.
 * The line to it can be broken and mended while it lives on, as a network does it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { PassThrough, Writable } from "node:stream";
import type { Unavailable } from "./port.ts";
import { type Channel, type Transport, unreachable } from "./transport.ts";
import { createTail } from "./words.ts";

export interface ChildTransport extends Transport {
  /** Cuts the line, and keeps it cut. */
  break(): void;
  /** Lets the next attempt succeed again. */
  mend(): void;
  readonly broken: boolean;
}

type Running = {
  readonly child: ChildProcess;
  readonly alive: () => boolean;
  /** The next channel begins with a whole line: what is left of one that was cut is dropped. */
  attach(): Channel;
  detach(why: Unavailable): void;
};

/** How long the child may take to end by itself once its stdin is closed. */
const graceMs = 3_000;

/** The first attempt starts the child; where it has ended, the next attempt starts it again. */
export function childTransport(argv: readonly [string, ...string[]]): ChildTransport {
  let running: Running | undefined;
  let broken = false;
  return {
    async open() {
      if (broken) return { ok: false, unavailable: unreachable("the line is broken (/mend ssh mends it)") };
      if (running === undefined || !running.alive()) running = start(argv);
      return { ok: true, channel: running.attach() };
    },
    break() {
      broken = true;
      running?.detach(unreachable("the line is broken (/mend ssh mends it)"));
    },
    mend() {
      broken = false;
    },
    get broken() {
      return broken;
    },
    async close() {
      if (running === undefined) return;
      running.detach(unreachable("the bot is stopping"));
      if (running.alive()) await ended(running.child);
    },
  };
}

function start(argv: readonly [string, ...string[]]): Running {
  const [command, ...rest] = argv;
  const child = spawn(command, rest, { stdio: ["pipe", "pipe", "pipe"] });
  const remote = createTail();
  child.stderr.on("data", remote.add);
  let current: { readonly incoming: PassThrough; readonly tell: (why: Unavailable) => void } | undefined;
  let alive = true;
  let atLineStart = true;
  let dropping = false;

  function detach(why: Unavailable): void {
    const left = current;
    current = undefined;
    left?.incoming.end();
    left?.tell(why);
  }

  child.stdout.on("data", (chunk: Buffer) => {
    const from = dropping ? chunk.indexOf(10) + 1 : 0;
    if (!(dropping && from === 0)) {
      dropping = false;
      current?.incoming.write(chunk.subarray(from));
    }
    atLineStart = chunk.at(-1) === 10;
  });
  child.stdin.on("error", () => {});
  const over = (why: string): void => {
    alive = false;
    detach(unreachable(why));
  };
  child.on("error", (fault) => over(fault.message));
  child.on("close", (code, signal) => over(remote.words() || `it ended (${signal ?? `exit ${code}`})`));

  return {
    child,
    alive: () => alive && child.exitCode === null && child.signalCode === null,
    attach() {
      detach(unreachable("another channel took its place"));
      dropping = !atLineStart;
      const incoming = new PassThrough();
      const outgoing = new Writable({
        write(chunk, _encoding, done) {
          // What is said on a line that was cut is lost, as on a network.
          if (current?.incoming !== incoming) return done();
          child.stdin.write(chunk, () => done());
        },
      });
      let tell: (why: Unavailable) => void = () => {};
      const closed = new Promise<Unavailable>((resolve) => {
        tell = resolve;
      });
      const mine = { incoming, tell };
      current = mine;
      const close = (): void => {
        if (current === mine) detach(unreachable("the channel was closed"));
      };
      return { incoming, outgoing, closed, close };
    },
    detach,
  };
}

/** Closes its stdin and waits; a child that does not end by that is ended. */
async function ended(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
    child.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    child.stdin?.end();
  });
}
