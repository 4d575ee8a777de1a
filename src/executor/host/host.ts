/** The executor's only way to the machine: argv out, text back. The simulator is another one of these. */

/** What a finished command left. `stdout` and `stderr` are cut at `maximumBytes` each; `truncated` says so. */
export type Ran = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
};

export type RunOptions = {
  /** Default 30 000; then SIGKILL. */
  readonly timeoutMs?: number;
  /** Default 16 MiB. */
  readonly maximumBytes?: number;
};

export interface Host {
  /** Runs an absolute path with its arguments, never a shell, with LC_ALL=C and nothing else in the environment. */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<Ran>;
  /** Milliseconds since 1970. Somebody may set this clock, forwards and back. */
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets: for how long to wait. */
  monotonic(): number;
}
