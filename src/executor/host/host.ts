/** The executor's only way to the machine: argv out, text back. The simulator is another one of these. */

/** What a finished command left. `stdout` and `stderr` are cut at `maximumBytes` each; `truncated` says so. */
export type Ran = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
  /** What it wrote to file descriptor 3, where {@link RunOptions.file} asked for it. */
  readonly file?: Buffer;
};

export type RunOptions = {
  /** Default 30 000; then SIGKILL. */
  readonly timeoutMs?: number;
  /** Default 16 MiB. */
  readonly maximumBytes?: number;
  /**
   * It does not take a turn among the few commands at a time: one that does nothing but wait, or one that may not wait
   * behind others that hang.
   */
  readonly outOfTurn?: boolean;
  /** The command gets an empty file as its file descriptor 3, of which so many bytes at most are read afterwards. */
  readonly file?: number;
};

export interface Host {
  /** Runs an absolute path with its arguments, never a shell, with LC_ALL=C and nothing else in the environment. */
  run(argv: readonly [string, ...string[]], options?: RunOptions): Promise<Ran>;
  /** Milliseconds since 1970. Somebody may set this clock, forwards and back. */
  now(): number;
  /** Milliseconds since some moment, by a clock that nobody sets: for how long to wait. */
  monotonic(): number;
}
