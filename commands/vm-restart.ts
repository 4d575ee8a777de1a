import { shutdownTime, target } from "../src/conversation/arguments.ts";
import { change, text } from "../src/conversation/command.ts";

/** Off, and on again: where the guest does not shut itself down in time, it just goes on running. */
export default change({
  name: "vm restart",
  also: ["vm redémarrer", "vm reboot"],
  summary: {
    en: "Let a virtual machine shut itself down, then start it again",
    fr: "Faire s’éteindre une machine virtuelle, puis la démarrer à nouveau",
  },
  example: { en: "vm restart web", fr: "vm redémarrer web" },
  arguments: { vm: target({ en: "vm", fr: "vm" }), within: shutdownTime().optional() },
  action: "vm.restart",
  resource: ({ vm }) => vm,
  change: ({ vm, within }) => ({
    do: "vm.restart",
    with: { vm, within: within === undefined ? within : within / 1000 },
  }),
  answer: ({ name, state }, { say, request }) => ({
    tone: "done",
    blocks: [
      text(say("vm-restart-done", { name, state: say(`vm-state-${state.replace(" ", "-")}`) })),
      text(say("why-hint", { request: String(request) })),
    ],
  }),
});
