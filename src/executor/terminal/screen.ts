/** What every command of the terminal does with an answer: show it, tell a refusal, or wait for the end of an operation. */
import { isFinal, type Operation, type Plan } from "../../protocol/plan.ts";
import type { Failure } from "../../protocol/wire.ts";
import { complain } from "../words.ts";
import { type Client, values } from "./client.ts";
import { failureLine, operationLines, progressLine } from "./show.ts";

export type Screen = { readonly print: (lines: readonly string[]) => void; readonly json: boolean };

/** Applies a plan and waits for its end. */
export async function carryOut(client: Client, screen: Screen, plan: Plan): Promise<Operation | Failure> {
  let told = "";
  const end = new Promise<Operation>((resolve, reject) => {
    client.onOperation = (operation) => {
      if (operation.id !== plan.id) return;
      if (isFinal(operation)) resolve(operation);
      const now = operation.progress === undefined ? "" : progressLine(operation.progress);
      if (now !== "" && now !== told && !screen.json) screen.print([now]);
      told = now || told;
    };
    client.onGone = reject;
  });
  // Whoever awaits `end` below gets the reason; until then nobody does.
  end.catch(() => undefined);
  const applied = await client.call("apply", { id: plan.id, hash: plan.hash });
  if (!applied.ok) return applied.failure;
  const operation = values.operation.parse(applied.value);
  if (isFinal(operation)) return operation;
  const { queuedUntil, waitingFor, paused } = operation;
  const waits = queuedUntil !== undefined || waitingFor !== undefined || paused === true;
  if (waits && !screen.json) screen.print(operationLines(operation));
  return end;
}

/** Tells a refusal, and gives the exit code. */
export function refused(failure: Failure): number {
  complain(failureLine(failure));
  return failure.reason === "malformed" ? 2 : 1;
}
