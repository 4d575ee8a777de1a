/** A hypervisor of one's own for a test: Debian with ZFS and libvirt, thawed in seconds, on a free loopback port. */
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { thaw, wake } from "./hypervisor/frozen.ts";
import { frozenFolder, frozenKey, hostKeyLine, imageFolder } from "./hypervisor/image.ts";
import { launch, monitor } from "./hypervisor/qemu.ts";
import { GuestConnection, type RunOptions } from "./hypervisor/ssh.ts";
import { end } from "./owned.ts";
import type { Ended } from "./run.ts";
import { runFolder } from "./run-folder.ts";

export type Hypervisor = {
  readonly address: "127.0.0.1";
  readonly port: number;
  /** To log in with, by `keyFile`. The executor's own users are others. */
  readonly user: "root";
  /** Root's private key. */
  readonly keyFile: string;
  /** The guest's own key: as a line of its .pub file, and as `ssh-keygen -l` shows it. */
  readonly hostKey: { readonly line: string; readonly fingerprint: string };
  /** The run's folder: overlays, serial console, QEMU's log. */
  readonly folder: string;
  pid(): number;
  /** Runs a command as root over one open connection; the arguments reach the program as they are. */
  run(argv: readonly string[], options?: RunOptions): Promise<Ended>;
  copyIn(local: string, remote: string): Promise<void>;
  /** SIGKILL of QEMU, as when somebody pulls the plug. What the guest has flushed stays. */
  powerCut(): Promise<void>;
  /** Boots the same disks again, from cold: half a minute. */
  coldBoot(): Promise<void>;
  /** Takes the guest's network link down, and up again; connections only learn of it by silence. */
  linkDown(): Promise<void>;
  linkUp(): Promise<void>;
  stop(): Promise<void>;
};

export type HypervisorOptions = {
  /** The folder of a frozen guest that was made from the model host. Default: the model host itself. */
  readonly frozen?: string;
  /** Domains to start before it is handed over: 5 to 10 seconds each. Default: none. */
  readonly running?: readonly string[];
};

/** Where the frozen model host lies, and the image below it. Throws where it is not built. */
export async function modelHost(): Promise<{ readonly frozen: string; readonly image: string }> {
  const key = await frozenKey();
  const frozen = key === undefined ? undefined : frozenFolder(key);
  const image = imageFolder();
  if (frozen === undefined || !existsSync(frozen) || !existsSync(image)) {
    throw new Error("the hypervisor's image is not built: npm run lab -- build");
  }
  return { frozen, image };
}

/** Starts a fresh, private copy of the frozen model host. It dies with this process. */
export async function startHypervisor(options: HypervisorOptions = {}): Promise<Hypervisor> {
  const { image, frozen: plain } = await modelHost();
  const frozen = options.frozen ?? plain;
  const folder = runFolder("hypervisor");
  const keyFile = join(folder, "id");
  copyFileSync(join(frozen, "id"), keyFile);
  const line = hostKeyLine(image);
  let qemu: ChildProcess | undefined;
  try {
    const thawed = await thaw({ folder, image, frozen });
    qemu = thawed.qemu;
    const guest = new GuestConnection(thawed.port, keyFile, line);
    await guest.open(90_000);
    await wake(guest);
    const hypervisor = handle({ ...thawed, image, guest, keyFile, folder, line });
    for (const domain of options.running ?? []) {
      const started = await guest.run(["virsh", "-q", "-c", "qemu:///system", "start", "--domain", domain]);
      if (started.code !== 0) throw new Error(`starting ${domain}: ${started.stderr}`);
    }
    return hypervisor;
  } catch (fault) {
    if (qemu !== undefined) await end(qemu);
    rmSync(folder, { recursive: true, force: true });
    throw fault;
  }
}

type Parts = {
  qemu: ChildProcess;
  port: number;
  image: string;
  guest: GuestConnection;
  keyFile: string;
  folder: string;
  line: string;
};

function handle({ port, image, guest, keyFile, folder, line, ...first }: Parts): Hypervisor {
  let qemu = first.qemu;
  const raw = Buffer.from(line.split(" ")[1] ?? "", "base64");
  const fingerprint = `SHA256:${createHash("sha256").update(raw).digest("base64").replace(/=+$/, "")}`;
  return {
    address: "127.0.0.1",
    port,
    user: "root",
    keyFile,
    hostKey: { line, fingerprint },
    folder,
    pid: () => qemu.pid ?? 0,
    run: (argv, options) => guest.run(argv, options),
    copyIn: (local, remote) => guest.copyIn(local, remote),
    async powerCut() {
      guest.close();
      await end(qemu);
    },
    async coldBoot() {
      guest.close();
      await end(qemu);
      const memoryFile = join(folder, "ram");
      qemu = await launch({ folder, image, port, memoryFile, share: true, incoming: false });
      await guest.open(600_000);
      await wake(guest);
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
