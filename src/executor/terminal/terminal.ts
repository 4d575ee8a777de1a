/** The operations as plain subcommands, for the night when chat is down: same plans, same journal. */
import { type AskName, type AskWith, asks, type ChangeWith } from "../../protocol/operations.ts";
import { readConfig } from "../config.ts";
import type { DecisionCommand, TerminalCommand, VmCommand } from "../subcommands.ts";
import { complain } from "../words.ts";
import { change } from "./change.ts";
import { Client, NoDaemon, values } from "./client.ts";
import { decide } from "./decide.ts";
import { entryLines } from "./entries.ts";
import { refused, type Screen } from "./screen.ts";
import { datasetLines, factLines, operationLines, snapshotLines, vmInfoLines, vmLines } from "./show.ts";

type SnapshotCommand = Extract<TerminalCommand, { name: "snapshot" }>;

/** Resolves with the exit code: 0 done, 1 refused or failed. */
export async function terminal(command: TerminalCommand | DecisionCommand | VmCommand): Promise<number> {
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

function run(client: Client, command: TerminalCommand | DecisionCommand | VmCommand, screen: Screen): Promise<number> {
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
      return change(client, screen, { ...command, do: "zfs.snapshot", with: snapshotOf(command) });
    case "vm start":
      return change(client, screen, { ...command, do: "vm.start", with: { vm: command.target } });
    case "vm stop":
    case "vm restart":
      return change(client, screen, { ...command, ...shutdownOf(command) });
    case "vm autostart":
      return change(client, screen, {
        ...command,
        do: "vm.autostart",
        with: { vm: command.target, on: command.on },
      });
    case "operation":
      return operation(client, screen, command.target);
    default:
      return decide(client, command, screen);
  }
}

function snapshotOf({ targets, recursive, note }: SnapshotCommand): ChangeWith<"zfs.snapshot"> {
  return { targets: [...targets], ...(recursive ? { recursive } : {}), ...(note === undefined ? {} : { note }) };
}

function shutdownOf({ name, target, within }: Extract<VmCommand, { name: "vm stop" | "vm restart" }>) {
  const what = name === "vm stop" ? "vm.stop" : "vm.restart";
  return { do: what, with: { vm: target, ...(within === undefined ? {} : { within }) } } as const;
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
