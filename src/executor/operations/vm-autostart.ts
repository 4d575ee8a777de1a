/** `vm.autostart`: whether libvirt starts a VM with the host. libvirt wants `domain:write` for it, so the helper does it. */
import { helper } from "../host/commands.ts";
import { good, refuse } from "../outcome.ts";
import type { Kind } from "./kind.ts";
import { standingOf, surveyVm, type VmSurvey } from "./vm.ts";

export const vmAutostart: Kind<"vm.autostart", VmSurvey> = {
  class: "disrupt",
  stepTimeoutMs: 60_000,
  survey: surveyVm,
  draft({ vm, persistent }, { on }) {
    if (!persistent) return refuse("not-persistent", { vm: vm.name });
    if (vm.autostart === on) return refuse("already-so", { vm: vm.name, autostart: onOff(on) });
    const what = on ? "let it start with the host" : "let it not start with the host any more";
    const argv = [helper, "autostart", vm.uuid, onOff(on)];
    return good({ steps: [{ what: `${what}, through the root helper`, argv }], makes: [] });
  },
  async reality(host, plan) {
    const now = await standingOf(host, plan);
    if (!now.ok) return now;
    const { uuid, name, autostart } = now.value;
    if (onOff(autostart) !== plan.steps[0]?.argv.at(-1)) return good({ stands: "none" });
    return good({ stands: "all", result: { uuid, name, autostart } });
  },
};

function onOff(on: boolean): string {
  return on ? "on" : "off";
}
