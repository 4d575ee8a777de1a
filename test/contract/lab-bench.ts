/** The lab's hypervisor: real ZFS, real libvirt. */
import type { Hypervisor } from "../../lab/hypervisor.ts";
import { domainXml } from "../../src/simulator/domain-xml.ts";
import type { Bench } from "./bench.ts";

export function labBench(guest: Hypervisor): Bench {
  const must = async (argv: readonly string[], input?: string) => {
    const ended = await guest.run(argv, input === undefined ? {} : { input });
    if (ended.code !== 0) throw new Error(`${argv.join(" ")}: ${ended.stderr}`);
  };
  const virsh = ["/usr/bin/virsh", "-q", "-c", "qemu:///system"];
  return {
    host: {
      now: () => Date.now(),
      async run(argv) {
        const { code, stdout, stderr } = await guest.run(["/usr/bin/env", "-i", "LC_ALL=C", ...argv]);
        return { code, signal: null, stdout, stderr, truncated: false };
      },
    },
    async makeDataset(name, type) {
      await must(["/usr/sbin/zfs", "create", ...(type === "volume" ? ["-s", "-V", "64M"] : []), name]);
      await must(["/usr/bin/udevadm", "settle"]);
    },
    setProperty: (name, property, value) => must(["/usr/sbin/zfs", "set", `${property}=${value}`, name]),
    defineVm: (domain) => must([...virsh, "define", "/dev/stdin"], domainXml(domain)),
    setAutostart: (uuid) => must([...virsh, "autostart", uuid]),
    startVm: (uuid) => must([...virsh, "start", uuid]),
  };
}
