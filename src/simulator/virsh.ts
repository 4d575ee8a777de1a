/** `virsh -c qemu:///system -r`, as far as Manchot asks it. */
import type { Ran } from "../executor/host/host.ts";
import { answered, failed } from "./answer.ts";
import { domainXml } from "./domain-xml.ts";
import { domainStates, type Model, type SimulatedDomain } from "./model.ts";

export function virsh(model: Model, words: readonly string[]): Ran {
  const [verb, ...rest] = words;
  switch (verb) {
    case "list":
      return listDomains(model, rest);
    case "domstats":
      return statistics(model);
    case "dominfo":
      return ofOne(model, rest, information);
    case "dumpxml":
      return ofOne(model, rest, (domain) => `${domainXml(domain)}\n`);
    case "vol-path":
      return failed(1, "error: failed to get pool\nerror: Storage pool not found\n", "\n");
    default:
      return failed(1, `error: unknown command: '${verb ?? ""}'\n`);
  }
}

/** virsh lists the running ones by their number, then the others by name. */
function listDomains(model: Model, options: readonly string[]): Ran {
  const shown = model.domains.filter((one) => !options.includes("--autostart") || one.autostart);
  const active = shown.filter((one) => one.state !== "shut off");
  const off = shown.filter((one) => one.state === "shut off").sort((a, b) => (a.name < b.name ? -1 : 1));
  const line = (one: SimulatedDomain) => (options.includes("--name") ? `${one.uuid} ${one.name}` : one.uuid);
  return answered(`${[...active, ...off].map((one) => `${line(one)}\n`).join("")}\n`);
}

function statistics(model: Model): Ran {
  const blocks = model.domains.map((domain) => {
    const lines = [
      `Domain: '${domain.name}'`,
      `  state.state=${domainStates.indexOf(domain.state)}`,
      "  state.reason=1",
      ...(domain.state === "shut off" ? [] : [`  balloon.current=${domain.memoryKiB}`]),
      `  balloon.maximum=${domain.memoryKiB}`,
      `  vcpu.current=${domain.vcpus}`,
      `  vcpu.maximum=${domain.vcpus}`,
    ];
    return `${lines.join("\n")}\n`;
  });
  return answered(`${blocks.join("\n")}\n`);
}

/** By number, then by UUID, then by name: as virsh looks, and why it is given UUIDs only. */
function find(model: Model, wanted: string): SimulatedDomain | undefined {
  const running = model.domains.filter((one) => one.state !== "shut off");
  const byNumber = /^[1-9][0-9]{0,8}$/.test(wanted) ? running[Number(wanted) - 1] : undefined;
  return (
    byNumber ??
    model.domains.find((one) => one.uuid === wanted.toLowerCase()) ??
    model.domains.find((one) => one.name === wanted)
  );
}

function ofOne(model: Model, words: readonly string[], tell: (domain: SimulatedDomain) => string): Ran {
  const wanted = words[0] ?? "";
  const domain = find(model, wanted);
  return domain === undefined
    ? failed(1, `error: failed to get domain '${wanted}'\n`, "\n")
    : answered(`${tell(domain)}\n`);
}

function information(domain: SimulatedDomain): string {
  const lines: [string, string][] = [
    ["Id:", domain.state === "shut off" ? "-" : "1"],
    ["Name:", domain.name],
    ["UUID:", domain.uuid],
    ["OS Type:", "hvm"],
    ["State:", domain.state],
    ["CPU(s):", String(domain.vcpus)],
    ["Max memory:", `${domain.memoryKiB} KiB`],
    ["Used memory:", `${domain.memoryKiB} KiB`],
    ["Persistent:", "yes"],
    ["Autostart:", domain.autostart ? "enable" : "disable"],
    ["Managed save:", "no"],
    ["Security model:", "none"],
    ["Security DOI:", "0"],
  ];
  return lines.map(([key, value]) => `${key.padEnd(15)} ${value}\n`).join("");
}
