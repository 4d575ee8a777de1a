/** The lab's hypervisor is what the other tests take it for. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Hypervisor, startHypervisor } from "../../lab/hypervisor.ts";
import { labNeeds } from "../../lab/needs.ts";

const lab = await labNeeds("hypervisor");
const virsh = ["/usr/bin/virsh", "-q", "-c", "qemu:///system"];

describe.skipIf(lab.missing)(lab.name("the lab's hypervisor"), () => {
  let guest: Hypervisor;
  beforeAll(async () => {
    guest = await startHypervisor();
  });
  afterAll(async () => {
    await guest?.stop();
  });

  async function told(argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await guest.run(argv);
    expect({ argv, code, stderr }).toEqual({ argv, code: 0, stderr: "" });
    return stdout.trim();
  }

  test("is the model host: a mirror, a backup pool, datasets and volumes", async () => {
    expect(await told(["zpool", "list", "-H", "-o", "name,health"])).toBe("backup\tONLINE\ntank\tONLINE");
    expect(await told(["zpool", "status", "tank"])).toContain("mirror-0");
    expect(await told(["zfs", "get", "-H", "-o", "value", "compression", "tank"])).toBe("lz4");
    const filesystems = await told(["zfs", "list", "-H", "-o", "name", "-t", "filesystem", "-r", "tank"]);
    const names = ["tank", ...["audio", "mail", "nextcloud", "production", "video"].map((name) => `tank/${name}`)];
    expect(filesystems.split("\n")).toEqual(names);
    const volumes = await told(["zfs", "list", "-Hp", "-o", "name,volsize,refreservation", "-t", "volume"]);
    const machines = ["audio", "odd-1", "odd-2", "proxy", "sql", "video", "visio", "web", "web-data"];
    expect(volumes.split("\n")).toEqual(machines.map((name) => `tank/production/${name}\t${64 * 2 ** 20}\t0`));
  });

  test("has its domains, the awkwardly named ones too", async () => {
    const names = (await told([...virsh, "list", "--all", "--name"])).split("\n").filter((name) => name !== "");
    expect(names.sort()).toEqual(["1", "a;b", "audio", "proxy", "sql", "video", "visio", "web"]);
    const disks = await told([...virsh, "domblklist", "web"]);
    expect(disks.split("\n").map((line) => line.trim().split(/ +/))).toEqual([
      ["vda", "/dev/zvol/tank/production/web"],
      ["vdb", "/dev/zvol/tank/production/web-data"],
    ]);
  });

  test("a domain runs under KVM, boots from its volume, and powers off when asked", async () => {
    const uuid = await told([...virsh, "domuuid", "web"]);
    await told([...virsh, "start", uuid]);
    await eventually(
      async () => (await guest.run(["cat", `/var/log/libvirt/qemu/${uuid}.serial`])).stdout,
      /TINYVM up/,
    );
    expect(await told([...virsh, "dumpxml", uuid])).toContain("type='kvm'");
    await told([...virsh, "shutdown", uuid]);
    await eventually(() => told([...virsh, "domstate", uuid]), /shut off/);
  });

  test("arguments reach the program as they are", async () => {
    const odd = ["two words", "it's", 'say "x"', "a;b", "$HOME", "`id`", "*", "", "-x", "é\n☃", "\\"];
    expect((await guest.run(["printf", "%s\\0", ...odd])).stdout.split("\0").slice(0, -1)).toEqual(odd);
  });

  test("input, output, errors and exit codes come through", async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
    const sum = await guest.run(["sha256sum"], { input: bytes });
    const { createHash } = await import("node:crypto");
    expect(sum.stdout.split(" ")[0]).toBe(createHash("sha256").update(bytes).digest("hex"));
    const failed = await guest.run(["sh", "-c", "echo out; echo err >&2; exit 7"]);
    expect(failed).toEqual({ code: 7, stdout: "out\n", stderr: "err\n" });
    await expect(guest.run(["sleep", "30"], { timeoutMs: 500 })).rejects.toThrow("more than 500 ms");
  });

  test("its clock is right, and nothing has failed to start", async () => {
    expect(Math.abs(Number(await told(["date", "+%s"])) - Date.now() / 1000)).toBeLessThan(5);
    expect(await told(["systemctl", "--failed", "--no-legend", "--plain"])).toBe("");
  });

  test("another copy is another host: what one does the other does not see", async () => {
    const other = await startHypervisor();
    try {
      await told(["zfs", "create", "tank/only-here"]);
      expect((await other.run(["zfs", "list", "tank/only-here"])).code).toBe(1);
      const random = ["od", "-An", "-tx1", "-N16", "/dev/urandom"];
      expect(await told(random)).not.toBe((await other.run(random)).stdout.trim());
    } finally {
      await other.stop();
    }
  });

  test("with its link down nothing comes back, and with it up it goes on where it was", async () => {
    await guest.linkDown();
    const late = guest.run(["echo", "late"]);
    const first = await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 3000, "silence"))]);
    expect(first).toBe("silence");
    await guest.linkUp();
    expect((await late).stdout).toBe("late\n");
  });

  test("a power cut and a cold boot leave snapshots and flushed files as they were", async () => {
    await told(["zfs", "snapshot", "tank/production/sql@before-the-cut"]);
    await told(["zpool", "sync"]);
    await told(["dd", "if=/dev/zero", "of=/root/flushed", "bs=4k", "count=1", "conv=fsync", "status=none"]);
    const guid = await told(["zfs", "get", "-Hp", "-o", "value", "guid", "tank/production/sql@before-the-cut"]);
    const boot = await told(["cat", "/proc/sys/kernel/random/boot_id"]);
    await guest.powerCut();
    await expect(guest.run(["true"], { timeoutMs: 1000 }).then(() => "answered")).rejects.toThrow();
    await guest.coldBoot();
    expect(await told(["cat", "/proc/sys/kernel/random/boot_id"])).not.toBe(boot);
    expect(await told(["zfs", "get", "-Hp", "-o", "value", "guid", "tank/production/sql@before-the-cut"])).toBe(guid);
    expect(await told(["stat", "-c", "%s", "/root/flushed"])).toBe("4096");
    expect((await told([...virsh, "list", "--all", "--name"])).split("\n").length).toBeGreaterThanOrEqual(8);
  }, 900_000);
});

async function eventually(ask: () => Promise<string>, wanted: RegExp): Promise<void> {
  let last = "";
  for (const until = Date.now() + 50_000; Date.now() < until; ) {
    last = await ask();
    if (wanted.test(last)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`never ${wanted}, at last: ${last}`);
}
