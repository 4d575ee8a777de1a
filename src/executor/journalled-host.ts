/** The host as each part of the executor may use it: from the list of `commands.ts` only, and journalled in a change. */
import { allowed } from "./host/commands.ts";
import { oneLine } from "./host/fact.ts";
import type { Host, Ran, RunOptions } from "./host/host.ts";
import type { Ledger } from "./ledger.ts";
import { type Point, point } from "./points.ts";

type Argv = readonly [string, ...string[]];

function clocksOf(host: Host): Pick<Host, "now" | "monotonic"> {
  return { now: () => host.now(), monotonic: () => host.monotonic() };
}

/** For asks and plans: nothing that changes anything, and nothing that is not on the list. A breach is a fault. */
export function readOnly(host: Host): Host {
  return {
    ...clocksOf(host),
    async run(argv, options) {
      const command = allowed(argv);
      if (command === undefined || command.changes) throw new Error(`not a reading command: ${JSON.stringify(argv)}`);
      return host.run(argv, options);
    },
  };
}

/** For what is read while an operation is carried out: every command is journalled once it ended. */
export function forReading(host: Host, ledger: Ledger, op: string): Host {
  const reader = readOnly(host);
  return {
    ...clocksOf(host),
    run: (argv, options) => timed(reader, argv, options, (detail) => ledger.record("read", detail, op)),
  };
}

/** For what an operation changes. A command's end is durable in the journal before anything else happens. */
export function forChanges(host: Host, ledger: Ledger, op: string, returned: Point = "step-run"): Host {
  const tell = (detail: Record<string, unknown>) => {
    point(returned);
    ledger.record("ran", detail, op);
    ledger.secure();
  };
  return {
    ...clocksOf(host),
    async run(argv, options) {
      if (allowed(argv)?.changes !== true) throw new Error(`not a changing command: ${JSON.stringify(argv)}`);
      return timed(host, argv, options, tell);
    },
  };
}

async function timed(
  host: Host,
  argv: Argv,
  options: RunOptions | undefined,
  tell: (detail: Record<string, unknown>) => void,
): Promise<Ran> {
  const begin = performance.now();
  const ran = await host.run(argv, options);
  const ms = Math.round(performance.now() - begin);
  const { code, signal } = ran;
  tell({ argv, code, ms, ...(signal === null ? {} : { signal }), ...wordsOf(ran.stderr) });
  return ran;
}

function wordsOf(stderr: string): { stderr?: string } {
  const words = oneLine(stderr);
  return words === "" ? {} : { stderr: words };
}
