/** The root helper, asked over its socket: one line of JSON there, one back, told like a command that has ended. */
import { connect } from "node:net";
import * as z from "zod/mini";
import { helper } from "./commands.ts";
import type { Ran } from "./host.ts";

const answer = z.strictObject({ code: z.nullable(z.int()), stdout: z.string(), stderr: z.string() });

/** Longer answers are none. */
const maximumAnswer = 64 * 1024;

/** `words`: a verb and its arguments. A helper that cannot be asked is like a program that cannot be started. */
export function askHelper(words: readonly string[], timeoutMs: number, path: string = helper): Promise<Ran> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let text = "";
    const end = (ran: Pick<Ran, "code" | "stdout" | "stderr">, signal: string | null = null) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ ...ran, signal, truncated: false });
    };
    const trouble = (stderr: string) => end({ code: null, stdout: "", stderr: `the root helper ${stderr}` });
    const timer = setTimeout(() => end({ code: null, stdout: "", stderr: "" }, "SIGKILL"), timeoutMs);
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(`${JSON.stringify(words)}\n`));
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > maximumAnswer) trouble("says too much");
    });
    socket.on("error", (error) => trouble(`cannot be asked at ${path}: ${error.message}`));
    socket.on("close", () => {
      const said = readAnswer(text);
      if (said === undefined) trouble("did not answer");
      else end(said);
    });
  });
}

function readAnswer(text: string): z.infer<typeof answer> | undefined {
  try {
    const checked = answer.safeParse(JSON.parse(text));
    return checked.success ? checked.data : undefined;
  } catch {
    return undefined;
  }
}
