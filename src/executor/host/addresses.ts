/** The addresses of a VM, of whoever can tell them. */
import { isIP } from "node:net";
import type { VmAddress, VmInfo } from "../../protocol/facts.ts";
import { helper, virsh, virshRead } from "./commands.ts";
import type { Host } from "./host.ts";
import { rows, wholeNumber } from "./rows.ts";

type Source = VmAddress["source"];

/** An agent that does not answer is not waited for. Milliseconds. */
const patience = 15_000;
const maximum = 64;

/**
 * The first who tells any: the guest itself, then libvirt's leases, then the host's neighbours. Nothing where the VM does
 * not run, or nobody could be asked.
 */
export async function vmAddresses(host: Host, vm: VmInfo): Promise<VmAddress[] | undefined> {
  if (vm.state !== "running" && vm.state !== "idle") return undefined;
  const sources: readonly Source[] = vm.guestAgent ? ["agent", "lease", "arp"] : ["lease", "arp"];
  let told: VmAddress[] | undefined;
  for (const source of sources) {
    const ran = await host.run(argvOf(source, vm.uuid), { timeoutMs: patience });
    if (ran.code !== 0 || ran.truncated) continue;
    told = parseAddresses(ran.stdout, source);
    if (told.length > 0) return told.slice(0, maximum);
  }
  return told;
}

function argvOf(source: Source, uuid: string): [string, ...string[]] {
  // For the agent's word libvirt wants `domain:write`.
  if (source === "agent") return [helper, "addresses", uuid];
  return [virsh, ...virshRead, "domifaddr", "--full", "--source", source, uuid];
}

/**
 * Read from the right: `name  MAC  protocol  address/prefix`, where a name (a guest chose it) may hold spaces, and an
 * interface without an address has `N/A`. What is only the machine's own (loopback, link-local) is left out.
 */
export function parseAddresses(text: string, source: Source): VmAddress[] {
  return rows(text).flatMap((row) => {
    const [mac = "", protocol = "", cell = ""] = row.trim().split(/\s+/).slice(-3);
    const [address = "", bits] = cell.split("/");
    const prefix = wholeNumber(bits);
    const version = protocol === "ipv4" ? 4 : protocol === "ipv6" ? 6 : undefined;
    if (version === undefined || isIP(address) !== version || prefix === undefined || prefix > 128) return [];
    if (!/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(mac) || isItsOwn(address)) return [];
    return [{ address, prefix, mac: mac.toLowerCase(), source }];
  });
}

function isItsOwn(address: string): boolean {
  return address === "::1" || /^(?:127\.|169\.254\.|fe[89ab][0-9a-f]:)/i.test(address);
}
