/**
 * `vm.restart`: stopped, then started. Not `virsh reboot`: whether that happened cannot be asked afterwards, since the VM
 * runs before and after it, and a VM that is rebooted keeps the QEMU and the settings that it was started with.
 */
import { good, refuse } from "../outcome.ts";
import type { Kind } from "./kind.ts";
import { shutDown, shutdownSteps } from "./shutdown.ts";
import { isOff, standingOf, surveyVm, type VmSurvey } from "./vm.ts";
import { started, startStep } from "./vm-start.ts";

export const vmRestart: Kind<"vm.restart", VmSurvey> = {
  class: "disrupt",
  // Nobody who asked for a restart is served by a VM that is off.
  whole: true,
  stepTimeoutMs: 120_000,
  survey: surveyVm,
  draft(survey, given) {
    const { vm } = survey;
    if (isOff(vm)) return refuse("wrong-state", { vm: vm.name, state: vm.state });
    const steps = shutdownSteps(survey, given);
    return steps.ok ? good({ steps: [...steps.value, startStep(vm.uuid)], makes: [] }) : steps;
  },
  async perform(hands, plan, step, given) {
    if (step < plan.steps.length - 1) return shutDown(hands, plan, step, given);
    const [program, ...words] = plan.steps[step]?.argv ?? [];
    if (program === undefined) throw new Error(`step ${step} of ${plan.id} has no command`);
    return { ran: await hands.change.run([program, ...words], { timeoutMs: vmRestart.stepTimeoutMs }) };
  },
  async reality(host, plan, step) {
    const start = plan.steps.length - 1;
    if (step === start) return started(host, plan);
    const now = await standingOf(host, plan);
    if (!now.ok) return now;
    const { uuid, name, state } = now.value;
    const isButton = step === start - 1;
    return good(isButton && !isOff({ state }) ? { stands: "none" } : { stands: "all", result: { uuid, name, state } });
  },
};
