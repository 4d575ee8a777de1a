/** Secrets from whoever runs the program: typed at the terminal without showing, or lines of a pipe. */
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { Secret } from "../../config/secret.ts";

export interface AskSecret {
  /** Undefined: the person left, or the pipe ended. */
  ask(question: string): Promise<Secret | undefined>;
  close(): void;
}

export function openSecrets(): AskSecret {
  const terminal = process.stdin.isTTY === true;
  // readline edits the line and writes its echo here: into nothing.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal, historySize: 0 });
  lines.on("SIGINT", () => lines.close());
  const each = lines[Symbol.asyncIterator]();
  return {
    async ask(question) {
      if (terminal) process.stderr.write(question);
      const next = await each.next();
      if (terminal) process.stderr.write("\n");
      return next.done === true || next.value === "" ? undefined : new Secret(next.value);
    },
    close: () => lines.close(),
  };
}
