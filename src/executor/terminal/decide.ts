/** Decisions at the host's own terminal: approve, deny, cancel, pause, resume, and what there is to decide on. */
import { randomUUID } from "node:crypto";
import type { Approvals, Plan } from "../../protocol/plan.ts";
import { uuidText } from "../../protocol/wire.ts";
import type { DecisionCommand } from "../command-line.ts";
import { oneLine } from "../host/fact.ts";
import { complain } from "../words.ts";
import { type Client, values } from "./client.ts";
import { saysYes } from "./question.ts";
import { carryOut, refused, type Screen } from "./screen.ts";
import { operationLines, table } from "./show.ts";

export function decide(client: Client, command: DecisionCommand, screen: Screen): Promise<number> {
  switch (command.name) {
    case "operations":
      return operations(client, screen);
    case "approve":
      return approve(client, screen, command);
    case "deny":
    case "cancel":
      return end(client, screen, command);
    case "pause":
    case "resume":
      return change(client, screen, command);
  }
}

async function operations(client: Client, screen: Screen): Promise<number> {
  const open = await client.call("open", {});
  if (!open.ok) return refused(open.failure);
  const { operations: all } = values.open.parse(open.value);
  const rows = all.map((one) => [one.id, `#${one.origin.request}`, one.state, one.do, `asked by ${one.origin.person}`]);
  screen.print(screen.json ? [JSON.stringify(all)] : table(rows));
  return 0;
}

type Approve = Extract<DecisionCommand, { name: "approve" }>;

async function approve(client: Client, screen: Screen, { target, code, person }: Approve): Promise<number> {
  const id = await idOf(client, target, ["planned"]);
  if (typeof id !== "string") return id;
  const planned = await client.call("planned", { id });
  if (!planned.ok) return refused(planned.failure);
  return (await approved(client, screen, values.plan.parse(planned.value), person, code)) === undefined ? 0 : 1;
}

/** Shows the whole plan, asks for a yes, and gives it. Nothing where it was taken; else the exit code, the rest is told. */
async function approved(
  client: Client,
  screen: Screen,
  plan: Plan,
  by: string,
  code: string | undefined,
): Promise<number | undefined> {
  screen.print([plan.text]);
  if (!(await saysYes(`Approve this as ${by}?`))) {
    complain("not approved. To say no for good: manchot-executor deny ID");
    return 1;
  }
  const factor = code === undefined ? { kind: "host" } : { kind: "totp", code };
  const told = await client.call("approve", { id: plan.id, hash: plan.hash, by, factor });
  if (!told.ok) return refused(told.failure);
  screen.print(screen.json ? [JSON.stringify(told.value)] : approvalLines(values.approvals.parse(told.value)));
  return undefined;
}

function approvalLines({ wants, given, enough }: Approvals): string[] {
  return [
    `wants ${wants}: ${enough ? "it has it, and can be applied" : "not yet"}`,
    ...given.map(({ person, kind }) => `approved by ${oneLine(person)} (${kind})`),
  ];
}

async function end(
  client: Client,
  screen: Screen,
  { name, target, person: by }: Extract<DecisionCommand, { name: "deny" | "cancel" }>,
): Promise<number> {
  const id = await idOf(client, target, name === "deny" ? ["planned", "queued"] : ["planned", "queued", "running"]);
  if (typeof id !== "string") return id;
  const told = await client.call(name, { id, by });
  if (!told.ok) return refused(told.failure);
  const operation = values.operation.parse(told.value);
  screen.print(screen.json ? [JSON.stringify(operation)] : operationLines(operation));
  return 0;
}

async function change(
  client: Client,
  screen: Screen,
  { name, person, code }: Extract<DecisionCommand, { name: "pause" | "resume" }>,
): Promise<number> {
  const origin = { person, network: "host", request: 0 };
  const planned = await client.call("plan", { id: randomUUID(), do: `executor.${name}`, with: {}, origin });
  if (!planned.ok) return refused(planned.failure);
  const plan = values.plan.parse(planned.value);
  if (name === "resume") {
    const failed = await approved(client, screen, plan, person, code);
    if (failed !== undefined) return failed;
  }
  const ended = await carryOut(client, screen, plan);
  if ("reason" in ended) return refused(ended);
  screen.print(screen.json ? [JSON.stringify(ended)] : operationLines(ended));
  return ended.state === "done" ? 0 : 1;
}

/** An operation's own id; or the bot's number of a request, where only one can be meant. Else the exit code, the rest is told. */
async function idOf(client: Client, target: string, states: readonly string[]): Promise<string | number> {
  if (uuidText.test(target)) return target;
  const number = Number(target.replace(/^#/, ""));
  if (!Number.isInteger(number) || number < 1) {
    complain(`"${target}" is neither an operation's id nor a request's number`);
    return 2;
  }
  const open = await client.call("open", {});
  if (!open.ok) return refused(open.failure);
  const found = values.open
    .parse(open.value)
    .operations.filter(({ origin, state }) => origin.request === number && states.includes(state));
  const [one] = found;
  if (one !== undefined && found.length === 1) return one.id;
  complain(
    one === undefined
      ? `nothing that could be meant has the number ${number}. Look: manchot-executor operations`
      : `the number ${number} means several: ${found.map(({ id }) => id).join(", ")}`,
  );
  return 1;
}
