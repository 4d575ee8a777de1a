import { ask, text } from "../src/conversation/command.ts";

export default ask({
  name: "vm list",
  also: ["vm liste", "vms", "machines"],
  summary: { en: "All virtual machines and their states", fr: "Toutes les machines virtuelles et leur état" },
  example: { en: "vm list", fr: "vm liste" },
  arguments: {},
  action: "vm.list",
  ask: () => ({ do: "vm.list", with: {} }),
  answer({ vms }, { say, size }) {
    if (vms.length === 0) return { tone: "facts", blocks: [text(say("vm-list-none"))] };
    const columns = [
      { title: say("column-vm") },
      { title: say("column-state") },
      { title: say("column-vcpus"), numeric: true },
      { title: say("column-memory"), numeric: true },
      { title: say("column-autostart") },
    ];
    const rows = vms.map((vm) => [
      vm.name,
      say(`vm-state-${vm.state.replace(" ", "-")}`),
      String(vm.vcpus),
      size(vm.memory),
      say(vm.autostart ? "yes" : "no"),
    ]);
    return { tone: "facts", blocks: [{ kind: "table", columns, rows }] };
  },
});
