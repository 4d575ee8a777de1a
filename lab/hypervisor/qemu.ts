/** QEMU for the lab: how the guest is launched, and its monitor. */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** MiB. The frozen state is tied to it, as to every argument below. */
export const guestMemory = 1024;
export const disks = ["d1", "d2", "d3", "d4"] as const;

export type Launch = {
  /** Holds the qcow2 files, the monitor's socket, the serial console's log. */
  readonly folder: string;
  /** Holds the kernel and the initrd. */
  readonly image: string;
  readonly port: number;
  readonly memoryFile: string;
  /** False: writes to memory stay private (a copy of the frozen guest). */
  readonly share: boolean;
  /** Waits for `migrate_incoming` instead of booting. */
  readonly incoming: boolean;
};

/** The arguments that shape the machine; with QEMU's version they are part of the frozen state's key. */
export function machineArguments(given: Launch): string[] {
  const drives = disks.flatMap((disk) => [
    ...["-drive", `file=${given.folder}/${disk}.qcow2,format=qcow2,if=none,id=${disk},cache=unsafe,discard=unmap`],
    ...["-device", `virtio-blk-pci,drive=${disk},serial=LAB${disk.toUpperCase()}`],
  ]);
  const append =
    "console=ttyS0 quiet loglevel=4 mitigations=off random.trust_cpu=on audit=0 selinux=0 apparmor=0 tsc=reliable nokaslr systemd.show_status=false";
  return [
    ...[
      "-name",
      "zlab",
      "-display",
      "none",
      "-nodefaults",
      "-no-user-config",
      "-machine",
      "q35,memory-backend=ram,hpet=on",
    ],
    ...[
      "-object",
      `memory-backend-file,id=ram,size=${guestMemory}M,mem-path=${given.memoryFile},share=${given.share ? "on" : "off"}`,
    ],
    // One processor, emulated: with two a guest kernel once died patching its own text; the guest's nested KVM needs `max`.
    ...["-m", String(guestMemory), "-accel", "tcg,thread=multi", "-cpu", "max,la57=off", "-smp", "1"],
    ...["-kernel", join(given.image, "vmlinux"), "-initrd", join(given.image, "initrd.gz"), "-append", append],
    ...[
      "-drive",
      `file=${given.folder}/root.qcow2,format=qcow2,if=none,id=r0,cache=unsafe`,
      "-device",
      "virtio-blk-pci,drive=r0",
    ],
    ...drives,
    ...[
      "-netdev",
      `user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:${given.port}-:22`,
      "-device",
      "virtio-net-pci,id=net0,netdev=n0,romfile=",
    ],
    ...[
      "-device",
      "virtio-rng-pci",
      "-serial",
      `file:${given.folder}/serial`,
      "-monitor",
      `unix:${given.folder}/monitor,server,nowait`,
    ],
    ...(given.incoming ? ["-incoming", "defer"] : []),
  ];
}

/** Launches QEMU and waits for its monitor. It dies with this process (PR_SET_PDEATHSIG), however this one ends. */
export async function launch(given: Launch): Promise<ChildProcess> {
  const log = openSync(join(given.folder, "qemu.log"), "a");
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "qemu-system-x86_64", ...machineArguments(given)], {
    stdio: ["ignore", log, log],
  });
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null) throw new Error(`QEMU ended at once; see ${given.folder}/qemu.log`);
    if (
      await monitor(given.folder, "info status").then(
        () => true,
        () => false,
      )
    )
      return child;
    await sleep(20);
  }
  child.kill("SIGKILL");
  throw new Error("QEMU did not open its monitor within ten seconds");
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
      if (!/\(qemu\) $/.test(text)) return;
      if (sent) {
        socket.end();
        resolve(text.slice(text.indexOf("\n") + 1).replace(/\(qemu\) $/, ""));
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
