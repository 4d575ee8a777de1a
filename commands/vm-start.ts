import { target } from "../src/conversation/arguments.ts";
import { change, text } from "../src/conversation/command.ts";

export default change({
  name: "vm start",
  also: ["vm démarrer", "vm allumer"],
  summary: { en: "Start a virtual machine that is off", fr: "Démarrer une machine virtuelle éteinte" },
  example: { en: "vm start web", fr: "vm démarrer web" },
  arguments: { vm: target({ en: "vm", fr: "vm" }) },
  action: "vm.start",
  resource: ({ vm }) => vm,
  change: ({ vm }) => ({ do: "vm.start", with: { vm } }),
  answer: ({ name, state }, { say, request }) => ({
    tone: "done",
    blocks: [
      text(say("vm-start-done", { name, state: say(`vm-state-${state.replace(" ", "-")}`) })),
      text(say("why-hint", { request: String(request) })),
    ],
  }),
});
