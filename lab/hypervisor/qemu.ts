/** QEMU for the lab: how the guest is launched, and its monitor. */
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, hasEnded, startOwned } from "../owned.ts";

/** MiB. The frozen state is tied to it, as to every argument below. */
export const guestMemory = 1024;
export const disks = ["d1", "d2", "d3", "d4"] as const;

export type Machine = {
  /** Holds the qcow2 files, the monitor's socket, the serial console's log. */
  readonly folder: string;
  /** Holds the kernel and the initrd. */
  readonly image: string;
  /** Of the loopback interface; leads to the guest's sshd. */
  readonly port: number;
  readonly memoryFile: string;
  /** False: writes to memory stay private (a copy of the frozen guest). */
  readonly share: boolean;
  /** Waits for `migrate_incoming` instead of booting. */
  readonly incoming: boolean;
};

/** The port was taken between its choice and its use. */
export class PortTaken extends Error {}

const kernelArguments = [
  ..."console=ttyS0 quiet loglevel=4 mitigations=off random.trust_cpu=on audit=0 selinux=0 apparmor=0".split(" "),
  ..."tsc=reliable nokaslr systemd.show_status=false".split(" "),
];

/** The arguments that shape the machine; with QEMU's version they are part of the frozen state's key. */
export function machineArguments(given: Machine): string[] {
  // Within an option a comma stands doubled.
  const file = (name: string): string => join(given.folder, name).replaceAll(",", ",,");
  const drives = disks.flatMap((disk) => [
    ...["-drive", `file=${file(`${disk}.qcow2`)},format=qcow2,if=none,id=${disk},cache=unsafe,discard=unmap`],
    ...["-device", `virtio-blk-pci,drive=${disk},serial=LAB${disk.toUpperCase()}`],
  ]);
  const memory = `id=ram,size=${guestMemory}M,mem-path=${given.memoryFile.replaceAll(",", ",,")}`;
  return [
    ...["-name", "iceberg", "-display", "none", "-nodefaults", "-no-user-config"],
    ...["-machine", "q35,memory-backend=ram,hpet=on"],
    ...["-object", `memory-backend-file,${memory},share=${given.share ? "on" : "off"}`, "-m", String(guestMemory)],
    // Emulated, for KVM cannot be relied on everywhere; `max` brings the guest a /dev/kvm of its own all the same. One
    // processor: with two, a guest kernel once died patching its own text.
    ...["-accel", "tcg,thread=multi", "-cpu", "max,la57=off", "-smp", "1"],
    ...["-kernel", join(given.image, "vmlinux"), "-initrd", join(given.image, "initrd.gz")],
    ...["-append", kernelArguments.join(" ")],
    ...["-drive", `file=${file("root.qcow2")},format=qcow2,if=none,id=r0,cache=unsafe`],
    ...["-device", "virtio-blk-pci,drive=r0"],
    ...drives,
    ...["-netdev", `user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:${given.port}-:22`],
    ...["-device", "virtio-net-pci,id=net0,netdev=n0,romfile=", "-device", "virtio-rng-pci"],
    ...["-serial", `file:${file("serial")}`, "-monitor", `unix:${file("monitor")},server,nowait`],
    ...(given.incoming ? ["-incoming", "defer"] : []),
  ];
}

/** Launches QEMU, in the machine's folder, and waits for its monitor. It dies with this process, however this one ends. */
export async function launch(given: Machine): Promise<ChildProcess> {
  const logFile = join(given.folder, "qemu.log");
  rmSync(join(given.folder, "monitor"), { force: true });
  const log = openSync(logFile, "w");
  const argv = ["qemu-system-x86_64", ...machineArguments(given)];
  const child = startOwned(argv, { log, cwd: given.folder });
  closeSync(log);
  for (const until = Date.now() + 30_000; Date.now() < until; await sleep(20)) {
    if (hasEnded(child)) {
      const words = readFileSync(logFile, "utf8").trim();
      if (words.includes("host forwarding rule")) throw new PortTaken(words);
      throw new Error(`QEMU ended at once: ${words || "it could not be started"}`);
    }
    const answered = await monitor(given.folder, "info status").then(
      () => true,
      () => false,
    );
    if (answered) return child;
  }
  await end(child);
  throw new Error("QEMU did not open its monitor within 30 seconds");
}

/** Gives the monitor one command and returns its answer. */
export function monitor(folder: string, command: string, timeoutMs = 300_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(folder, "monitor"));
    let text = "";
    let sent = false;
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`the monitor did not answer ${command}`)));
    socket.on("data", (data) => {
      text += data.toString("utf8");
      if (!text.endsWith("(qemu) ")) return;
      if (sent) {
        socket.end();
        resolve(text.slice(text.indexOf("\n") + 1, -"(qemu) ".length));
        return;
      }
      sent = true;
      text = "";
      socket.write(`${command}\n`);
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the monitor hung up")));
  });
}
