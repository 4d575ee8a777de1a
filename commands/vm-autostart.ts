import { choice, target } from "../src/conversation/arguments.ts";
import { change, text } from "../src/conversation/command.ts";

/** Whether the host starts a VM when it starts itself; whether it runs now is another matter. */
export default change({
  name: "vm autostart",
  also: ["vm démarrage-auto"],
  summary: {
    en: "Whether a virtual machine starts with the host",
    fr: "Si une machine virtuelle démarre avec l’hôte",
  },
  example: { en: "vm autostart web on", fr: "vm démarrage-auto web oui" },
  arguments: {
    vm: target({ en: "vm", fr: "vm" }),
    on: choice({ en: "on or off", fr: "oui ou non" }, { on: { en: "on", fr: "oui" }, off: { en: "off", fr: "non" } }),
  },
  action: "vm.autostart",
  resource: ({ vm }) => vm,
  change: ({ vm, on }) => ({ do: "vm.autostart", with: { vm, on: on === "on" } }),
  answer: ({ name, autostart }, { say, request }) => ({
    tone: "done",
    blocks: [
      text(say(autostart ? "vm-autostart-on" : "vm-autostart-off", { name })),
      text(say("why-hint", { request: String(request) })),
    ],
  }),
});
