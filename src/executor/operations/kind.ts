/** What the executor knows of one kind of change. One file of this folder = one kind; `table.ts` lists them. */
import type { ChangeName, ChangeResult, ChangeWith, OperationClass } from "../../protocol/operations.ts";
import type { Operation, Plan } from "../../protocol/plan.ts";
import type { Failure } from "../../protocol/wire.ts";
import type { Host, Ran } from "../host/host.ts";
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

/** What became of one guest that was to hold still while a step ran. */
export type Held = {
  /** The VM's UUID. */
  readonly vm: string;
  /** It was frozen when the step began, and still when the step had ended. */
  readonly still: boolean;
  /** It was frozen when the step began. */
  readonly taken: boolean;
  /** The host's own words where it was not. */
  readonly words?: string;
};

/** What a kind may use that carries out a step by itself. */
export type Hands = {
  readonly change: Host;
  readonly read: Host;
  /** The executor is to stop: what is not done is left to its next start. */
  readonly stopping: AbortSignal;
  /** Since when the operation has been going, in seconds since 1970. */
  readonly started: number;
  tell(progress: Operation["progress"]): void;
};

/** What a step's commands left; and why, where its effect does not stand, that is so. `left`: to the next start. */
export type Performed = { readonly ran?: Ran; readonly failure?: Failure } | "left";

/** `S`: what it reads beside what every kind must tell. */
export interface Kind<N extends ChangeName, S extends Survey = Survey> {
  readonly class: OperationClass;
  /** Tells how things are. It refuses what can never be; whether there is anything to do is for {@link Kind.draft}. */
  survey(host: Host, given: ChangeWith<N>): Promise<Outcome<S>>;
  /** `created`: seconds since 1970. */
  draft(survey: S, given: ChangeWith<N>, id: string, created: number): Outcome<Draft>;
  /** Carries a step out that is more than its one command. It may be called again after a crash in the middle of it. */
  perform?(hands: Hands, plan: Plan, step: number, given: ChangeWith<N>): Promise<Performed>;
  /**
   * `step` counts from 0. Before the last step a result may be whatever; it is not looked at. `held`: of the step's
   * guests, where this executor saw the step begin and end.
   */
  reality(host: Host, plan: Plan, step: number, held?: readonly Held[]): Promise<Outcome<Reality<ChangeResult<N>>>>;
  /** A change of the executor itself: what its one step writes in the journal. No command runs then. */
  readonly own?: "paused" | "resumed";
  /** Once begun it is carried through: to stop between its steps would leave what is neither as before nor as asked. */
  readonly whole?: true;
  /** Milliseconds after which a step's command is killed. */
  readonly stepTimeoutMs: number;
}
