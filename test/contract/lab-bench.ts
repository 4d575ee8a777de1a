/** The lab's hypervisor: real ZFS, real libvirt. */
import { setTimeout as sleep } from "node:timers/promises";
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
      monotonic: () => performance.now(),
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
    // Its one disk is a sparse file of 128 MiB where there is room for 12: the writes that find none fail as on a dead disk.
    async suspendPool() {
      await must(["/usr/bin/mount", "--mkdir", "-t", "tmpfs", "-o", "size=12M", "doomed", "/mnt/doomed"]);
      await must(["/usr/bin/truncate", "-s", "128M", "/mnt/doomed/disk"]);
      await must(["/usr/sbin/losetup", "/dev/loop7", "/mnt/doomed/disk"]);
      await must(["/usr/sbin/zpool", "create", "-o", "failmode=wait", "doomed", "/dev/loop7"]);
      await must(["/usr/sbin/zfs", "create", "doomed/x"]);
      await must(["/usr/sbin/zfs", "snapshot", "doomed/x@one"]);
      // It never comes back from its write: systemd holds it, so that this connection need not.
      const dd = ["/usr/bin/dd", "if=/dev/urandom", "of=/doomed/x/f", "bs=1M", "count=30", "conv=fsync"];
      await must(["/usr/bin/systemd-run", "--quiet", "--no-block", ...dd]);
      const health = async () =>
        (await guest.run(["/usr/sbin/zpool", "list", "-H", "-o", "health", "doomed"])).stdout.trim();
      for (let tries = 0; (await health()) !== "SUSPENDED"; tries++) {
        if (tries > 60) throw new Error("the pool does not suspend");
        await sleep(500);
      }
    },
    async booted(uuid) {
      const seen = ["/usr/bin/grep", "-q", "TINYVM up", `/var/log/libvirt/qemu/${uuid}.serial`];
      for (let tries = 0; (await guest.run(seen)).code !== 0; tries++) {
        if (tries > 100) throw new Error(`${uuid} does not boot`);
        await sleep(200);
      }
    },
    startVm: (uuid) => must([...virsh, "start", uuid]),
  };
}
