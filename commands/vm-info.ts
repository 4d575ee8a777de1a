import type { Block } from "../src/conversation/answer.ts";
import { target } from "../src/conversation/arguments.ts";
import { ask, type Context, text } from "../src/conversation/command.ts";
import type { Disk, VmInfo } from "../src/protocol/facts.ts";

export default ask({
  name: "vm info",
  also: ["vm infos", "vm détail", "vm détails"],
  summary: {
    en: "One virtual machine: state, memory, disks, addresses",
    fr: "Une machine virtuelle : état, mémoire, disques, adresses",
  },
  example: { en: "vm info web", fr: "vm info web" },
  arguments: { vm: target({ en: "vm", fr: "vm" }) },
  action: "vm.info",
  resource: ({ vm }) => vm,
  ask: ({ vm }) => ({ do: "vm.info", with: { vm } }),
  answer(vm, context) {
    const { say, size } = context;
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
      sourceOf(disk, context),
    ]);
    return {
      tone: "facts",
      blocks: [
        text(say("vm-and-state", { name: vm.name, state: say(`vm-state-${vm.state.replace(" ", "-")}`) })),
        { kind: "list", items },
        rows.length === 0 ? text(say("vm-info-no-disk")) : { kind: "table", columns, rows },
        ...addressBlocks(vm, context),
      ],
    };
  },
});

function sourceOf({ source, readOnly }: Disk, { say }: Context): string {
  const words = source === "" ? say("vm-info-no-source") : source;
  return readOnly === true ? say("vm-info-read-only", { source: words }) : words;
}

/** With who says so: what a guest tells of itself is no more than its word. Of a VM that is off nothing is said. */
function addressBlocks({ state, addresses }: VmInfo, { say }: Context): readonly Block[] {
  if (addresses === undefined) return state === "shut off" ? [] : [text(say("vm-info-addresses-unknown"))];
  if (addresses.length === 0) return [text(say("vm-info-no-address"))];
  const columns = [{ title: say("column-address") }, { title: say("column-mac") }, { title: say("column-known-from") }];
  const rows = addresses.map(({ address, prefix, mac, source }) => [
    `${address}/${prefix}`,
    mac,
    say(`address-from-${source}`),
  ]);
  return [{ kind: "table", columns, rows }];
}
