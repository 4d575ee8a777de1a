/** `serve`: the daemon as systemd runs it, with the real machine behind it. */
import { readConfig } from "./config.ts";
import { realHost } from "./host/real.ts";
import { JournalDamaged } from "./journal/journal.ts";
import { AlreadyServed, type Daemon, serve } from "./serve.ts";
import { SocketTrouble } from "./sockets.ts";

/** Resolves with the exit code once it was told to stop. */
export async function daemon(configFile: string): Promise<number> {
  const log = (line: string) => process.stderr.write(`manchot-executor: ${line}\n`);
  const config = readConfig(configFile);
  if (!config.ok) {
    log(config.why);
    return 1;
  }
  let running: Daemon;
  try {
    running = await serve(config.value, realHost(), log, (error) => die(log, error));
  } catch (error) {
    if (!isExpected(error)) throw error;
    log(error.message);
    return 1;
  }
  log(`ready: ${config.value.sockets.bot.path} and ${config.value.sockets.host.path}`);
  await told();
  await running.close();
  return 0;
}

function isExpected(error: unknown): error is Error {
  return error instanceof AlreadyServed || error instanceof JournalDamaged || error instanceof SocketTrouble;
}

/** What is not known any more is better ended: the next start asks the host what stands. */
function die(log: (line: string) => void, error: unknown): void {
  log(`ends: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
}

function told(): Promise<void> {
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}
