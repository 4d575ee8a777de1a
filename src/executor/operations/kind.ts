/** What the executor knows of one kind of change. One file of this folder = one kind; `table.ts` lists them. */
import type { ChangeName, ChangeResult, ChangeWith, OperationClass } from "../../protocol/operations.ts";
import type { Plan } from "../../protocol/plan.ts";
import type { Host } from "../host/host.ts";
import type { Outcome } from "../outcome.ts";

export type PlanTarget = Plan["targets"][number];
export type PlanStep = Plan["steps"][number];

/** What an operation rests on, read from the host when it is planned and again before its first step. */
export type Survey = {
  /** What was asked for. */
  readonly targets: readonly PlanTarget[];
  /** Everything that it touches: the targets, a VM's disks, what recursion finds. */
  readonly touched: readonly PlanTarget[];
  /** One line for each thing that must not have changed when it runs. No estimates (sizes, space) here. */
  readonly basis: readonly string[];
  /** What a person should know before they say yes; no condition. */
  readonly remarks: readonly string[];
};

export type Draft = {
  readonly steps: readonly PlanStep[];
  /** Full names of the snapshots that it makes. */
  readonly makes: readonly string[];
};

/** Whether a step's effect stands on the host, whatever its command said; with the last step's, the result. */
export type Reality<R> = { readonly stands: "all"; readonly result: R } | { readonly stands: "none" | "some" };

export interface Kind<N extends ChangeName> {
  readonly class: OperationClass;
  survey(host: Host, given: ChangeWith<N>): Promise<Outcome<Survey>>;
  /** `created`: seconds since 1970. */
  draft(survey: Survey, given: ChangeWith<N>, id: string, created: number): Outcome<Draft>;
  /** `step` counts from 0. Before the last step a result may be whatever; it is not looked at. */
  reality(host: Host, plan: Plan, step: number): Promise<Outcome<Reality<ChangeResult<N>>>>;
  /** A change of the executor itself: what its one step writes in the journal. No command runs then. */
  readonly own?: "paused" | "resumed";
  /** Milliseconds after which a step's command is killed. */
  readonly stepTimeoutMs: number;
}
