/** Operations of any class over the simulated host, as the runner carries them out once they are approved. */
import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import type { Host } from "../../src/executor/host/host.ts";
import { type Ledger, openLedger } from "../../src/executor/ledger.ts";
import { makePlan } from "../../src/executor/planner.ts";
import { Runner } from "../../src/executor/runner.ts";
import type { ChangeName } from "../../src/protocol/operations.ts";
import type { JournalEntry, Operation, Plan } from "../../src/protocol/plan.ts";
import type { Failure } from "../../src/protocol/wire.ts";
import { rules, temporaryFolder } from "./bench.ts";
import { origin } from "./peer.ts";

export type Told = {
  readonly ended: Operation;
  readonly steps: Operation[];
  readonly entries: JournalEntry[];
  readonly plan: Plan;
};

export type Approved = {
  readonly ledger: Ledger;
  readonly runner: Runner;
  /** Plans; the plan, or why there is none. */
  plan(what: ChangeName, given: unknown): Promise<Plan | Failure>;
  /** Runs a plan to its end. */
  run(plan: Plan | Failure): Promise<Told>;
};

/** `state`: the journal's folder, where it shall be one that was there before. */
export function approved(host: Host, state: string = temporaryFolder()): Approved {
  const ledger = openLedger(state, () => host.now());
  const ends = new Map<string, (operation: Operation) => void>();
  const told: Operation[] = [];
  const runner = new Runner({
    host,
    ledger,
    tell(known) {
      const operation = ledger.operation(known);
      told.push(operation);
      if (operation.state === "done" || operation.state === "failed") ends.get(known.id)?.(operation);
    },
    objection: () => undefined,
    log: () => undefined,
    fatal(error) {
      throw error;
    },
  });
  onTestFinished(async () => {
    await runner.stop(1000);
    ledger.close();
  });
  return {
    ledger,
    runner,
    async plan(what, given) {
      const id = randomUUID();
      const made = await makePlan(host, rules.rails, rules.host, "bot", { id, do: what, with: given, origin });
      if (!made.ok) return made.failure;
      ledger.record("planned", made.value, id);
      return made.value.plan;
    },
    async run(plan) {
      if ("reason" in plan) throw new Error(`refused: ${JSON.stringify(plan)}`);
      ledger.record("accepted", { identity: "bot", due: Math.floor(host.now() / 1000) }, plan.id);
      const known = ledger.memory.get(plan.id);
      if (known === undefined) throw new Error("it is not remembered");
      const end = new Promise<Operation>((resolve) => ends.set(plan.id, resolve));
      runner.start(known);
      const ended = await end;
      return { ended, steps: told.filter(({ id }) => id === plan.id), entries: ledger.entries(plan.id), plan };
    },
  };
}

/** The commands that an operation ran to change something, in their order, without the program and its connection. */
export function ranIn(entries: readonly JournalEntry[]): string[] {
  const argvs = entries.filter(({ kind }) => kind === "ran").map(({ detail }) => detail.argv as string[]);
  return argvs.map((argv) => argv.filter((word) => !/^\/|^-c$|qemu:/.test(word)).join(" "));
}
