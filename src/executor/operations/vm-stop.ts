/** `vm.stop`: the guest shuts itself down, in its own time. */
import { good, refuse } from "../outcome.ts";
import type { Kind } from "./kind.ts";
import { shutDown, shutdownSteps } from "./shutdown.ts";
import { isOff, standingOf, surveyVm, type VmSurvey } from "./vm.ts";

export const vmStop: Kind<"vm.stop", VmSurvey> = {
  class: "disrupt",
  // A guest that was asked to shut down may do so at any time after.
  whole: true,
  stepTimeoutMs: 120_000,
  survey: surveyVm,
  draft(survey, given) {
    const { vm } = survey;
    if (isOff(vm)) return refuse("already-so", { vm: vm.name, state: vm.state });
    const steps = shutdownSteps(survey, given);
    return steps.ok ? good({ steps: steps.value, makes: [] }) : steps;
  },
  perform: shutDown,
  async reality(host, plan, step) {
    const now = await standingOf(host, plan);
    if (!now.ok) return now;
    const { uuid, name, state } = now.value;
    // Whether an agent did what it was asked shows at the button's step, which asks for nothing where it did.
    const isLast = step === plan.steps.length - 1;
    return good(isLast && !isOff({ state }) ? { stands: "none" } : { stands: "all", result: { uuid, name, state } });
  },
};
