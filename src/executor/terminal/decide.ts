/** Decisions at the host's own terminal: approve, deny, cancel, pause, resume, and what there is to decide on. */
import type { Plan } from "../../protocol/plan.ts";
import { uuidText } from "../../protocol/wire.ts";
import type { DecisionCommand } from "../subcommands.ts";
import { complain } from "../words.ts";
import { approvalLines, approvePlan, change } from "./change.ts";
import { type Client, values } from "./client.ts";
import { refused, type Screen } from "./screen.ts";
import { operationLines, table } from "./show.ts";

export function decide(client: Client, command: DecisionCommand, screen: Screen): Promise<number> {
  switch (command.name) {
    case "operations":
      return operations(client, screen);
    case "plan":
      return showPlan(client, screen, command.target);
    case "approve":
      return approve(client, screen, command);
    case "deny":
    case "cancel":
      return end(client, screen, command);
    case "pause":
    case "resume":
      return change(client, screen, { ...command, do: `executor.${command.name}`, with: {} });
  }
}

async function operations(client: Client, screen: Screen): Promise<number> {
  const open = await client.call("open", {});
  if (!open.ok) return refused(open.failure);
  const { operations: all, more } = values.open.parse(open.value);
  const rows = all.map((one) => [one.id, `#${one.origin.request}`, one.state, one.do, `asked by ${one.origin.person}`]);
  screen.print(screen.json ? [JSON.stringify(all)] : table(rows));
  if (more === true) complain("there are others, which are not shown");
  return 0;
}

/** To the letter, and nothing else: `manchot sign` reads it over ssh. */
async function showPlan(client: Client, screen: Screen, target: string): Promise<number> {
  const plan = await planOf(client, target);
  if (typeof plan === "number") return plan;
  if (screen.json) screen.print([JSON.stringify(plan)]);
  else process.stdout.write(plan.text);
  return 0;
}

type Approve = Extract<DecisionCommand, { name: "approve" }>;

async function approve(client: Client, screen: Screen, { target, code, person }: Approve): Promise<number> {
  const plan = await planOf(client, target);
  if (typeof plan === "number") return plan;
  const approved = await approvePlan(client, screen, plan, person, code);
  if (typeof approved === "number") return approved;
  screen.print(screen.json ? [JSON.stringify(approved)] : approvalLines(approved));
  return 0;
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

/** The plan that somebody means, whatever became of it where its own id is said. Else the exit code, the rest is told. */
async function planOf(client: Client, target: string): Promise<Plan | number> {
  const id = await idOf(client, target, ["planned"]);
  if (typeof id !== "string") return id;
  const planned = await client.call("planned", { id });
  return planned.ok ? values.plan.parse(planned.value) : refused(planned.failure);
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
      ? `nothing that could be meant has the number ${number}. Look: manchot-executor operations; an id serves in its place`
      : `the number ${number} means several: ${found.map(({ id }) => id).join(", ")}`,
  );
  return 1;
}
