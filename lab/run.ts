/** Runs a program of the machine for the lab, by its argv. */
import { type SpawnOptions, spawn } from "node:child_process";

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Runs it to its end, whatever its exit code. */
export function run(
  argv: readonly string[],
  options: {
    readonly input?: string;
    readonly timeoutMs?: number;
    readonly env?: Record<string, string>;
    readonly echo?: boolean;
  } = {},
): Promise<Ended> {
  const [command = "", ...args] = argv;
  const settings: SpawnOptions = { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, ...options.env } };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...settings,
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    if (options.echo === true) {
      child.stdout?.pipe(process.stderr, { end: false });
      child.stderr?.pipe(process.stderr, { end: false });
    }
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    child.stdin?.on("error", () => {});
    child.stdin?.end(options.input ?? "");
  });
}

/** Runs it, and throws with its own words where it fails. */
export async function must(argv: readonly string[], options: Parameters<typeof run>[1] = {}): Promise<string> {
  const ended = await run(argv, options);
  if (ended.code !== 0) throw new Error(`${argv.join(" ")}: exit ${ended.code}: ${ended.stderr.trim().slice(-2000)}`);
  return ended.stdout;
}

/** An argv in a PID namespace of its own: with this process ends whatever it has started, the children's children too. */
export const contained = (argv: readonly string[]): string[] => [
  ...["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child", "--mount-proc"],
  ...argv,
];

const begun = Date.now();

/** A line of progress with the seconds since the start. */
export function tell(line: string): void {
  process.stderr.write(`[${String(Math.round((Date.now() - begun) / 1000)).padStart(4)} s] ${line}\n`);
}
