/**
 * The sandbox's hypervisor: the executor's own logic, over a simulated host, in a process of its own.
 *
 *     node src/simulator/main.ts [--state FOLDER] [--delay MILLISECONDS] [--control] [--ahead SECONDS] [--limit COUNT]
 *
 * It speaks the protocol on stdin and stdout, as the bot. With `--control`, lines on file descriptor 3 break it:
 * `{"break":"pool"|"slow"|"full"}`, and `{"mend":true}`. Without `--state`, everything is gone when it ends. `--ahead` sets
 * its clock so far ahead (or back), and `--limit` is the rate limit, a minute and an hour.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import * as z from "zod/mini";
import { parseConfig, rulesOf } from "../executor/config.ts";
import { startDaemon } from "../executor/serve.ts";
import { damages, Simulator } from "./simulator.ts";

const more = { ahead: { type: "string", default: "0" }, limit: { type: "string" } } as const;

const orders = z.union([z.strictObject({ break: z.enum(damages) }), z.strictObject({ mend: z.literal(true) })]);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { state: { type: "string" }, delay: { type: "string" }, control: { type: "boolean" }, ...more },
  });
  const folder = values.state ?? mkdtempSync(join(tmpdir(), "manchot-simulator-"));
  if (values.state === undefined) process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const journal = join(folder, "executor");
  mkdirSync(journal, { recursive: true, mode: 0o700 });
  const ahead = Number(values.ahead) * 1000;
  const host = new Simulator({
    folder: join(folder, "hypervisor"),
    delay: wholeMilliseconds(values.delay ?? "0"),
    clock: () => Date.now() + ahead,
    monotonic: () => performance.now(),
  });
  if (values.control === true) obey(host);
  const daemon = await startDaemon({
    rules: rules(join(folder, "factors.json"), values.limit === undefined ? undefined : Number(values.limit)),
    state: journal,
    host,
    log: (line) => process.stderr.write(`${line}\n`),
    fatal,
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.stdin.destroy());
  await daemon.attachStream("bot", process.stdin, process.stdout);
  await daemon.close();
}

/** The executor's default rules, under the name that the sandbox's host has; and its own file of factors. */
function rules(factors: string, limit: number | undefined) {
  const sockets = { bot: { path: "/run/manchot/bot.sock" }, host: { path: "/run/manchot/host.sock" } };
  const limits = limit === undefined ? undefined : { perMinute: limit, perHour: limit };
  const config = parseConfig(
    JSON.stringify({ host: "sandbox", sockets, limits, factors }),
    "the sandbox's configuration",
  );
  if (!config.ok) throw new Error(config.why);
  return rulesOf(config.value);
}

function obey(host: Simulator): void {
  // Not a file stream: its read would block a thread, and with it the end of this process.
  const control = new Socket({ fd: 3, readable: true, writable: false });
  createInterface({ input: control }).on("line", (line) => {
    const order = orders.safeParse(parsed(line));
    if (!order.success) process.stderr.write(`simulator: not an order: ${JSON.stringify(line.slice(0, 100))}\n`);
    else if ("break" in order.data) host.break(order.data.break);
    else host.mend();
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function wholeMilliseconds(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new Error(`--delay wants milliseconds, not ${JSON.stringify(text)}`);
  return Number(text);
}

function fatal(error: unknown): never {
  process.stderr.write(`simulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

await main().then(() => process.exit(0), fatal);
