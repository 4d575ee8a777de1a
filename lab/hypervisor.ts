/** A hypervisor of one's own for a test: Debian with ZFS and libvirt, thawed in seconds, on a free loopback port. */
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { frozenFolder, frozenKey, imageFolder } from "./hypervisor/image.ts";
import { disks, launch, monitor } from "./hypervisor/qemu.ts";
import { GuestConnection } from "./hypervisor/ssh.ts";
import { freePort } from "./port.ts";
import { type Ended, must } from "./run.ts";

export type Hypervisor = {
  readonly address: "127.0.0.1";
  readonly port: number;
  /** Root's private key. */
  readonly keyFile: string;
  readonly hostKey: { readonly line: string; readonly fingerprint: string };
  /** The run's folder: overlays, serial console, QEMU's log. */
  readonly folder: string;
  /** Runs a command as root over one open connection; the arguments reach the program as they are. */
  run(argv: readonly string[], options?: { readonly input?: string; readonly timeoutMs?: number }): Promise<Ended>;
  copyIn(local: string, remote: string): Promise<void>;
  /** SIGKILL of QEMU, as when somebody pulls the plug. */
  powerCut(): Promise<void>;
  /** Boots the same disks again, from cold. */
  coldBoot(): Promise<void>;
  /** Takes the guest's network link down, and up again. */
  linkDown(): Promise<void>;
  linkUp(): Promise<void>;
  stop(): Promise<void>;
};

/** Starts a fresh, private copy of the frozen model host. It dies with this process. */
export async function startHypervisor(): Promise<Hypervisor> {
  const key = await frozenKey();
  if (key === undefined) throw new Error("the hypervisor's image is not built: npm run lab -- build");
  const frozen = frozenFolder(key);
  const image = imageFolder();
  const folder = mkdtempSync(join(tmpdir(), "manchot-lab-"));
  const port = await freePort();
  for (const disk of ["root", ...disks]) {
    await must([
      "qemu-img",
      "create",
      "-q",
      "-f",
      "qcow2",
      "-b",
      join(frozen, `${disk}.qcow2`),
      "-F",
      "qcow2",
      join(folder, `${disk}.qcow2`),
    ]);
  }
  const keyFile = join(frozen, "id");
  const guest = new GuestConnection(port, keyFile);
  let qemu = await launch({ folder, image, port, memoryFile: join(frozen, "ram.img"), share: false, incoming: true });
  await monitor(folder, "migrate_set_capability x-ignore-shared on");
  await monitor(folder, `migrate_incoming "exec:cat ${join(frozen, "state")}"`);
  // "paused (inmigrate)" is still loading; a `cont` given then is forgotten.
  for (let tries = 0; !/status: (paused(?! \(inmigrate)|running)/.test(await monitor(folder, "info status")); tries++) {
    if (tries > 400) throw new Error(`the frozen state could not be loaded: ${await monitor(folder, "info status")}`);
    await sleep(50);
  }
  await monitor(folder, "cont");
  await guest.open(90_000);
  await setClock(guest);

  const line = readFileSync(join(image, "host_key.pub"), "utf8").trim();
  const raw = Buffer.from(line.split(" ")[1] ?? "", "base64");
  return {
    address: "127.0.0.1",
    port,
    keyFile,
    hostKey: { line, fingerprint: `SHA256:${createHash("sha256").update(raw).digest("base64").replace(/=+$/, "")}` },
    folder,
    run: (argv, options) => guest.run(argv, options),
    copyIn: (local, remote) => guest.copyIn(local, remote),
    async powerCut() {
      guest.close();
      await end(qemu);
    },
    async coldBoot() {
      rmSync(join(folder, "monitor"), { force: true });
      qemu = await launch({ folder, image, port, memoryFile: join(folder, "ram"), share: true, incoming: false });
      await guest.open(300_000);
      await setClock(guest);
    },
    linkDown: async () => void (await monitor(folder, "set_link net0 off")),
    linkUp: async () => void (await monitor(folder, "set_link net0 on")),
    async stop() {
      guest.close();
      await end(qemu);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A thawed guest believes that it is the moment of its freezing. */
async function setClock(guest: GuestConnection): Promise<void> {
  await guest.run(["date", "-s", `@${(Date.now() / 1000).toFixed(3)}`]);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
