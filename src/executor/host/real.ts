/** The machine itself: programs from the list of `commands.ts`, without a shell, bounded in time and output. */
import { spawn } from "node:child_process";
import { allowed, helper } from "./commands.ts";
import { askHelper } from "./helper.ts";
import type { Host, Ran, RunOptions } from "./host.ts";
import { ScratchFile } from "./scratch-file.ts";

const defaultTimeout = 30_000;
const defaultBytes = 16 * 1024 * 1024;
/** Commands at a time: a peer that asks for much waits, and the machine does not. */
const atOnce = 4;

/** The bytes of one output, up to a maximum; what comes after is counted and dropped. */
class Capped {
  readonly #maximum: number;
  readonly #parts: Buffer[] = [];
  #length = 0;
  truncated = false;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  take(chunk: Buffer): void {
    const room = this.#maximum - this.#length;
    if (chunk.length > room) this.truncated = true;
    const part = chunk.subarray(0, room);
    this.#parts.push(part);
    this.#length += part.length;
  }

  text(): string {
    return Buffer.concat(this.#parts, this.#length).toString("utf8");
  }
}

export function realHost(): Host {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  const turn = async () => {
    if (free > 0) free--;
    else await new Promise<void>((go) => waiting.push(go));
  };
  const done = () => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    async run(argv, options) {
      if (allowed(argv) === undefined) throw new Error(`not on the list of commands: ${JSON.stringify(argv)}`);
      if (argv[0] === helper) return askHelper(argv.slice(1), options?.timeoutMs ?? defaultTimeout);
      if (options?.outOfTurn === true) return run(argv, options);
      await turn();
      try {
        return await run(argv, options ?? {});
      } finally {
        done();
      }
    },
  };
}

/** A command that cannot be started at all is told like one that failed. */
function run(argv: readonly [string, ...string[]], options: RunOptions): Promise<Ran> {
  const [program, ...rest] = argv;
  const maximum = options.maximumBytes ?? defaultBytes;
  const stdout = new Capped(maximum);
  const stderr = new Capped(maximum);
  const scratch = options.file === undefined ? undefined : new ScratchFile(options.file);
  return new Promise((resolve) => {
    const child = spawn(program, rest, {
      cwd: "/",
      env: { LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe", ...(scratch === undefined ? [] : [scratch.fd])],
      timeout: options.timeoutMs ?? defaultTimeout,
      killSignal: "SIGKILL",
    });
    child.stdout?.on("data", (chunk: Buffer) => stdout.take(chunk));
    child.stderr?.on("data", (chunk: Buffer) => stderr.take(chunk));
    child.on("error", (error) => {
      scratch?.close();
      resolve({ code: null, signal: null, stdout: "", stderr: error.message, truncated: false });
    });
    child.on("close", (code, signal) => {
      const written = scratch?.close();
      const truncated = stdout.truncated || stderr.truncated || written?.truncated === true;
      const file = written === undefined ? {} : { file: written.bytes };
      resolve({ code, signal, stdout: stdout.text(), stderr: stderr.text(), truncated, ...file });
    });
  });
}
