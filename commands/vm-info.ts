import { target } from "../src/conversation/arguments.ts";
import { ask, text } from "../src/conversation/command.ts";

export default ask({
  name: "vm info",
  also: ["vm infos", "vm détail", "vm détails"],
  summary: { en: "One virtual machine: state, memory, disks", fr: "Une machine virtuelle : état, mémoire, disques" },
  example: { en: "vm info web", fr: "vm info web" },
  arguments: { vm: target({ en: "vm", fr: "vm" }) },
  action: "vm.info",
  resource: ({ vm }) => vm,
  ask: ({ vm }) => ({ do: "vm.info", with: { vm } }),
  answer(vm, { say, size }) {
    const items = [
      say("vm-info-uuid", { uuid: vm.uuid }),
      say("vm-info-resources", { vcpus: vm.vcpus, memory: size(vm.memory) }),
      say("vm-info-autostart", { value: say(vm.autostart ? "yes" : "no") }),
      say("vm-info-agent", { value: say(vm.guestAgent ? "yes" : "no") }),
    ];
    const columns = [
      { title: say("column-disk") },
      { title: say("column-dataset") },
      { title: say("column-size"), numeric: true },
      { title: say("column-source") },
    ];
    const rows = vm.disks.map((disk) => [
      disk.target,
      disk.dataset ?? say("vm-info-no-dataset"),
      disk.size === undefined ? say("unknown-value") : size(disk.size),
      disk.source === "" ? say("vm-info-no-source") : disk.source,
    ]);
    return {
      tone: "facts",
      blocks: [
        text(say("vm-and-state", { name: vm.name, state: say(`vm-state-${vm.state.replace(" ", "-")}`) })),
        { kind: "list", items },
        rows.length === 0 ? text(say("vm-info-no-disk")) : { kind: "table", columns, rows },
      ],
    };
  },
});
