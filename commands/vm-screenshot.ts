import { target } from "../src/conversation/arguments.ts";
import { ask, text } from "../src/conversation/command.ts";
import { fileName } from "../src/conversation/picture.ts";

/** What its screen shows, for admins alone: it may be a secret. Who sees no picture is told what it is of. */
export default ask({
  name: "vm screenshot",
  also: ["vm capture"],
  summary: {
    en: "What a virtual machine’s screen shows now, as a picture",
    fr: "Ce que montre l’écran d’une machine virtuelle, en image",
  },
  example: { en: "vm screenshot web", fr: "vm capture web" },
  arguments: { vm: target({ en: "vm", fr: "vm" }) },
  action: "vm.screenshot",
  resource: ({ vm }) => vm,
  ask: ({ vm }) => ({ do: "vm.screenshot", with: { vm } }),
  answer({ name, taken, png, width, height }, { say, moment }) {
    const values = { name, moment: moment(taken * 1000) };
    const alt = say("vm-screenshot-alt", { ...values, width: String(width), height: String(height) });
    return {
      tone: "facts",
      blocks: [text(say("vm-screenshot", values))],
      picture: { png, alt, name: fileName(name, taken), width, height },
    };
  },
});
