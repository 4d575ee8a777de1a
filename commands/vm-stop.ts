import { shutdownTime, target } from "../src/conversation/arguments.ts";
import { change, text } from "../src/conversation/command.ts";

/** The guest shuts itself down in its own time, or it goes on running: nothing is ever forced. */
export default change({
  name: "vm stop",
  also: ["vm arrêter", "vm éteindre"],
  summary: {
    en: "Let a virtual machine shut itself down; nothing is forced",
    fr: "Faire s’éteindre une machine virtuelle, sans rien forcer",
  },
  example: { en: "vm stop web within 5min", fr: "vm arrêter web sous 5min" },
  arguments: { vm: target({ en: "vm", fr: "vm" }), within: shutdownTime().optional() },
  action: "vm.stop",
  resource: ({ vm }) => vm,
  change: ({ vm, within }) => ({ do: "vm.stop", with: { vm, within: within === undefined ? within : within / 1000 } }),
  answer: ({ name }, { say, request }) => ({
    tone: "done",
    blocks: [text(say("vm-stop-done", { name })), text(say("why-hint", { request: String(request) }))],
  }),
});
