/** `vm.start`: a VM that is off runs again. */
import type { ChangeResult } from "../../protocol/operations.ts";
import type { Plan } from "../../protocol/plan.ts";
import { virsh, virshWrite } from "../host/commands.ts";
import type { Host } from "../host/host.ts";
import { good, type Outcome, refuse } from "../outcome.ts";
import type { Draft, Kind, PlanStep, Reality } from "./kind.ts";
import { isAwake, isOff, standingOf, surveyVm, type VmSurvey } from "./vm.ts";

export const vmStart: Kind<"vm.start", VmSurvey> = {
  class: "add",
  stepTimeoutMs: 120_000,
  survey: surveyVm,
  draft,
  reality: (host, plan) => started(host, plan),
};

function draft({ vm }: VmSurvey): Outcome<Draft> {
  if (isAwake(vm)) return refuse("already-so", { vm: vm.name, state: vm.state });
  if (!isOff(vm)) return refuse("wrong-state", { vm: vm.name, state: vm.state });
  return good({ steps: [startStep(vm.uuid)], makes: [] });
}

export function startStep(uuid: string): PlanStep {
  return { what: "start the VM", argv: [virsh, ...virshWrite, "start", uuid] };
}

/** That it is active is what was asked for, whoever started it. */
export async function started(host: Host, plan: Plan): Promise<Outcome<Reality<ChangeResult<"vm.start">>>> {
  const now = await standingOf(host, plan);
  if (!now.ok) return now;
  const { uuid, name, state } = now.value;
  if (isOff({ state }) || state === "crashed") return good({ stands: "none" });
  return good({ stands: "all", result: { uuid, name, state } });
}
