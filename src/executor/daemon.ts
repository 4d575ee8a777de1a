/** `serve`: the daemon as systemd runs it, with the real machine behind it. */
import { readConfig } from "./config.ts";
import { realHost } from "./host/real.ts";
import { JournalDamaged } from "./journal/journal.ts";
import { AlreadyServed, type Daemon, serve } from "./serve.ts";
import { SocketTrouble } from "./sockets.ts";
import { complain, traceOf } from "./words.ts";

/** Resolves with the exit code once it was told to stop. */
export async function daemon(configFile: string): Promise<number> {
  const config = readConfig(configFile);
  if (!config.ok) {
    complain(config.why);
    return 1;
  }
  let running: Daemon;
  try {
    running = await serve(config.value, realHost(), complain, die);
  } catch (error) {
    if (!isExpected(error)) throw error;
    complain(error.message);
    return 1;
  }
  complain(`ready: ${config.value.sockets.bot.path} and ${config.value.sockets.host.path}`);
  await told();
  await running.close();
  return 0;
}

function isExpected(error: unknown): error is Error {
  return error instanceof AlreadyServed || error instanceof JournalDamaged || error instanceof SocketTrouble;
}

/** What is not known any more is better ended: the next start asks the host what stands. */
function die(error: unknown): void {
  complain(`ends: ${traceOf(error)}`);
  process.exit(1);
}

function told(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}
