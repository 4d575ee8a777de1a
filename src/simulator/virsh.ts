/** `virsh -c qemu:///system -r`, as far as Manchot asks it: what only reads. */
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
    case "domifaddr":
      return addresses(model, rest);
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
export function find(model: Model, wanted: string): SimulatedDomain | undefined {
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
  return domain === undefined ? noDomain(wanted) : answered(`${tell(domain)}\n`);
}

export function noDomain(wanted: string): Ran {
  return failed(1, `error: failed to get domain '${wanted}'\n`, "\n");
}

/** `domifaddr --full --source S U`. Leases and neighbours are known of guests that have no agent to ask. */
export function addresses(model: Model, words: readonly string[]): Ran {
  const [, , source = "", wanted = ""] = words;
  const domain = find(model, wanted);
  if (domain === undefined) return noDomain(wanted);
  if (domain.state === "shut off") {
    return failed(
      1,
      "error: Failed to query for interfaces addresses\nerror: Requested operation is not valid: domain is not running\n",
      "\n",
    );
  }
  const isKnown = source === "agent" ? domain.agent === "connected" : domain.agent === "none" && source === "lease";
  const lines = (isKnown ? (domain.addresses ?? []) : []).map(({ address, prefix, mac }) => {
    return ` ${"ens2".padEnd(10)} ${mac.padEnd(20)} ${(address.includes(":") ? "ipv6" : "ipv4").padEnd(12)} ${address}/${prefix}`;
  });
  const title = ` ${"Name".padEnd(10)} ${"MAC address".padEnd(20)} ${"Protocol".padEnd(12)} Address`;
  return answered(`${[title, "-".repeat(79), ...lines, ""].join("\n")}\n`);
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
    ["Persistent:", domain.transient === true ? "no" : "yes"],
    ["Autostart:", domain.autostart ? "enable" : "disable"],
    ["Managed save:", "no"],
    ["Security model:", "none"],
    ["Security DOI:", "0"],
  ];
  return lines.map(([key, value]) => `${key.padEnd(15)} ${value}\n`).join("");
}
