/** A change from the host's own terminal: planned, shown, approved where its class wants that, carried out, and its end told. */
import { randomUUID } from "node:crypto";
import { type ChangeName, changes } from "../../protocol/operations.ts";
import type { Approvals, Plan } from "../../protocol/plan.ts";
import { oneLine } from "../host/fact.ts";
import { complain } from "../words.ts";
import { type Client, values } from "./client.ts";
import { saysYes } from "./question.ts";
import { carryOut, refused, type Screen } from "./screen.ts";
import { operationLines } from "./show.ts";

export type Wish = {
  readonly do: ChangeName;
  readonly with: unknown;
  /** Who asks; and as whom it is approved. */
  readonly person: string;
  readonly code?: string | undefined;
};

/** Resolves with the exit code: 0 done, 1 refused or failed, 2 not understood. */
export async function change(client: Client, screen: Screen, wish: Wish): Promise<number> {
  if (!changes[wish.do].with.safeParse(wish.with).success) {
    complain("a name, or the note, is too long or has characters that cannot be");
    return 2;
  }
  const origin = { person: wish.person, network: "host", request: 0 };
  const planned = await client.call("plan", { id: randomUUID(), do: wish.do, with: wish.with, origin });
  if (!planned.ok) return refused(planned.failure);
  const plan = values.plan.parse(planned.value);
  if (plan.wants === undefined) {
    if (!screen.json) screen.print([plan.text]);
  } else {
    const approved = await approvePlan(client, screen, plan, wish.person, wish.code);
    if (typeof approved === "number") return approved;
    if (!screen.json) screen.print(approvalLines(approved));
  }
  const ended = await carryOut(client, screen, plan);
  if ("reason" in ended) return refused(ended);
  screen.print(screen.json ? [JSON.stringify(ended)] : operationLines(ended));
  return ended.state === "done" ? 0 : 1;
}

/** Shows the whole plan, asks for a yes, and gives it. Else the exit code, the rest is told. */
export async function approvePlan(
  client: Client,
  screen: Screen,
  plan: Plan,
  by: string,
  code: string | undefined,
): Promise<Approvals | number> {
  // Where stdout is for a program, a person still reads what they say yes to.
  if (screen.json) process.stderr.write(`${plan.text}\n`);
  else screen.print([plan.text]);
  if (!(await saysYes(`Approve this as ${by}?`))) {
    complain("not approved. To say no for good: manchot-executor deny ID");
    return 1;
  }
  const factor = code === undefined ? { kind: "host" } : { kind: "totp", code };
  const told = await client.call("approve", { id: plan.id, hash: plan.hash, by, factor });
  return told.ok ? values.approvals.parse(told.value) : refused(told.failure);
}

export function approvalLines({ wants, given, enough }: Approvals): string[] {
  return [
    `wants ${wants}: ${enough ? "it has it, and can be applied" : "not yet"}`,
    ...given.map(({ person, kind }) => `approved by ${oneLine(person)} (${kind})`),
  ];
}
