/** Processes that belong to the lab: started so that none is left behind, and ended by PID. */
import { type ChildProcess, spawn } from "node:child_process";

export type Start = {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The file descriptor of its log. */
  readonly log: number;
};

/** The kernel kills it with this process (PR_SET_PDEATHSIG), however this one ends. */
export function startOwned(argv: readonly string[], start: Start): ChildProcess {
  const child = spawn("/usr/bin/setpriv", ["--pdeathsig", "KILL", ...argv], {
    stdio: ["ignore", start.log, start.log],
    ...(start.cwd === undefined ? {} : { cwd: start.cwd }),
    ...(start.env === undefined ? {} : { env: start.env }),
  });
  child.on("error", () => {});
  return child;
}

export const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** Sends the signal, and waits until the process is gone. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (hasEnded(child)) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // A stopped process would not see a mere SIGTERM.
  child.kill("SIGCONT");
  child.kill(signal);
  await gone;
}
