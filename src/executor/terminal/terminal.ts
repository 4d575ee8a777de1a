/** The operations as plain subcommands, for the night when chat is down: same plans, same journal. */
import { randomUUID } from "node:crypto";
import { type AskName, type AskWith, asks, changes } from "../../protocol/operations.ts";
import type { Operation, Plan } from "../../protocol/plan.ts";
import type { Failure } from "../../protocol/wire.ts";
import type { TerminalCommand } from "../command-line.ts";
import { readConfig } from "../config.ts";
import { complain } from "../words.ts";
import { Client, NoDaemon, values } from "./client.ts";
import {
  datasetLines,
  entryLines,
  factLines,
  failureLine,
  operationLines,
  snapshotLines,
  vmInfoLines,
  vmLines,
} from "./show.ts";

type Screen = { readonly print: (lines: readonly string[]) => void; readonly json: boolean };
type SnapshotCommand = Extract<TerminalCommand, { name: "snapshot" }>;

/** Resolves with the exit code: 0 done, 1 refused or failed. */
export async function terminal(command: TerminalCommand): Promise<number> {
  const config = readConfig(command.config);
  if (!config.ok) {
    complain(config.why);
    return 1;
  }
  const screen: Screen = {
    json: command.json,
    print: (lines) => process.stdout.write(lines.map((line) => `${line}\n`).join("")),
  };
  let client: Client | undefined;
  try {
    client = await Client.connect(config.value.sockets.host.path);
    return await run(client, command, screen);
  } catch (error) {
    if (!(error instanceof NoDaemon)) throw error;
    complain(error.message);
    return 1;
  } finally {
    client?.close();
  }
}

function run(client: Client, command: TerminalCommand, screen: Screen): Promise<number> {
  switch (command.name) {
    case "facts":
      return ask(client, screen, "host.facts", {}, factLines);
    case "vm list":
      return ask(client, screen, "vm.list", {}, ({ vms }) => vmLines(vms));
    case "vm info":
      return ask(client, screen, "vm.info", { vm: command.target }, vmInfoLines);
    case "datasets":
      return pages(client, screen, "dataset.list", {}, ({ datasets }) => datasetLines(datasets));
    case "snapshots":
      return pages(client, screen, "snapshot.list", { target: command.target }, ({ snapshots }) =>
        snapshotLines(snapshots),
      );
    case "snapshot":
      return snapshot(client, screen, command);
    case "operation":
      return operation(client, screen, command.target);
  }
}

type Value<N extends AskName> = ReturnType<(typeof asks)[N]["value"]["parse"]>;

async function ask<N extends AskName>(
  client: Client,
  screen: Screen,
  what: N,
  given: AskWith<N>,
  show: (value: Value<N>) => string[],
): Promise<number> {
  const answer = await client.call("ask", { do: what, with: given });
  if (!answer.ok) return refused(answer.failure);
  const value = asks[what].value.parse(answer.value) as Value<N>;
  screen.print(screen.json ? [JSON.stringify(value)] : show(value));
  return 0;
}

/** All pages, one after the other. */
async function pages<N extends "dataset.list" | "snapshot.list">(
  client: Client,
  screen: Screen,
  what: N,
  given: AskWith<N>,
  show: (value: Value<N>) => string[],
): Promise<number> {
  for (let cursor: string | undefined; ; ) {
    let next: string | undefined;
    const code = await ask(client, screen, what, { ...given, ...(cursor === undefined ? {} : { cursor }) }, (value) => {
      next = value.next;
      return show(value);
    });
    if (code !== 0 || next === undefined) return code;
    cursor = next;
  }
}

async function snapshot(client: Client, screen: Screen, command: SnapshotCommand): Promise<number> {
  const { targets, recursive, note } = command;
  const given = { targets, ...(recursive ? { recursive } : {}), ...(note === undefined ? {} : { note }) };
  if (!changes["zfs.snapshot"].with.safeParse(given).success) {
    complain("a target, or the note, is too long or has characters that cannot be");
    return 2;
  }
  const id = randomUUID();
  const origin = { person: process.env.SUDO_USER ?? process.env.USER ?? "root", network: "host", request: 0 };
  const planned = await client.call("plan", { id, do: "zfs.snapshot", with: given, origin });
  if (!planned.ok) return refused(planned.failure);
  const plan = values.plan.parse(planned.value);
  if (!screen.json) screen.print([plan.text]);
  const ended = await carryOut(client, screen, plan);
  if ("reason" in ended) return refused(ended);
  screen.print(screen.json ? [JSON.stringify(ended)] : operationLines(ended));
  return ended.state === "done" ? 0 : 1;
}

/** Applies a plan and waits for its end. */
async function carryOut(client: Client, screen: Screen, plan: Plan): Promise<Operation | Failure> {
  const end = new Promise<Operation>((resolve, reject) => {
    client.onOperation = (operation) => {
      if (operation.id === plan.id && isEnded(operation)) resolve(operation);
    };
    client.onGone = reject;
  });
  // Whoever awaits `end` below gets the reason; until then nobody does.
  end.catch(() => undefined);
  const applied = await client.call("apply", { id: plan.id, hash: plan.hash });
  if (!applied.ok) return applied.failure;
  const operation = values.operation.parse(applied.value);
  if (isEnded(operation)) return operation;
  if (operation.queuedUntil !== undefined && !screen.json) screen.print(operationLines(operation));
  return end;
}

function isEnded({ state }: Operation): boolean {
  return state === "done" || state === "failed" || state === "expired";
}

async function operation(client: Client, screen: Screen, id: string): Promise<number> {
  const stands = await client.call("watch", { id });
  if (!stands.ok) return refused(stands.failure);
  const journal = await client.call("journal", { id });
  if (!journal.ok) return refused(journal.failure);
  const value = values.operation.parse(stands.value);
  const entries = values.journal.parse(journal.value);
  if (screen.json) screen.print([JSON.stringify({ operation: value, journal: entries })]);
  else screen.print([...operationLines(value), ...entryLines(entries)]);
  return value.state === "failed" ? 1 : 0;
}

function refused(failure: Failure): number {
  complain(failureLine(failure));
  return failure.reason === "malformed" ? 2 : 1;
}
