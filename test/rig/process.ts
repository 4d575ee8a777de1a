/** A program under test in a process of its own: its lines, and an end by SIGKILL whenever a test wants it. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { keepLine } from "./logs.ts";

export type Program = {
  readonly pid: number;
  /** All lines so far, of stdout and stderr. */
  readonly lines: readonly string[];
  /** The first line, past or to come, that matches; rejects when the program ends or the time is over first. */
  line(matching: RegExp, timeoutMs?: number): Promise<string>;
  write(text: string): void;
  endInput(): void;
  /** SIGKILL by PID, and waits until it is gone. */
  kill(): Promise<void>;
  /** SIGTERM, and waits; its exit code. */
  stop(): Promise<number | null>;
  readonly exited: Promise<number | null>;
};

export function startProgram(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Program {
  const [command, ...args] = argv;
  const child: ChildProcess = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const lines: string[] = [];
  const waiting = new Set<{ matching: RegExp; resolve: (line: string) => void; reject: (why: Error) => void }>();
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      // A last line may still be on its way through the pipe.
      setTimeout(() => {
        for (const one of waiting)
          one.reject(new Error(`ended (${code}) before ${one.matching}; last lines:\n${lines.slice(-20).join("\n")}`));
        waiting.clear();
        resolve(code);
      }, 50);
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      keepLine(line);
      for (const one of waiting) {
        if (!one.matching.test(line)) continue;
        waiting.delete(one);
        one.resolve(line);
      }
    });
  }
  child.stdin?.on("error", () => {});
  if (child.pid === undefined) throw new Error(`${command} could not be started`);
  return {
    pid: child.pid,
    lines,
    line(matching, timeoutMs = 60_000) {
      const past = lines.find((line) => matching.test(line));
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const one = { matching, resolve, reject };
        waiting.add(one);
        setTimeout(() => {
          if (waiting.delete(one))
            reject(new Error(`no ${matching} within ${timeoutMs} ms; last lines:\n${lines.slice(-20).join("\n")}`));
        }, timeoutMs).unref();
      });
    },
    write: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      child.kill("SIGTERM");
      return await exited;
    },
    exited,
  };
}
