/** A hypervisor of one's own for a test: Debian with ZFS and libvirt, thawed in seconds, on a free loopback port. */
import type { ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { copyFileSync, existsSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { frozenFolder, frozenKey, hostKeyLine, imageFolder, makeDisk } from "./hypervisor/image.ts";
import { disks, launch, type Machine, monitor, PortTaken } from "./hypervisor/qemu.ts";
import { GuestConnection, type RunOptions } from "./hypervisor/ssh.ts";
import { end } from "./owned.ts";
import { freePort } from "./port.ts";
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
  /** Domains to start before it is handed over: 5 to 10 seconds each. Default: none. */
  readonly running?: readonly string[];
};

/** Starts a fresh, private copy of the frozen model host. It dies with this process. */
export async function startHypervisor(options: HypervisorOptions = {}): Promise<Hypervisor> {
  const key = await frozenKey();
  const frozen = key === undefined ? undefined : frozenFolder(key);
  const image = imageFolder();
  if (frozen === undefined || !existsSync(frozen) || !existsSync(image)) {
    throw new Error("the hypervisor's image is not built: npm run lab -- build");
  }
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

type Thawing = { folder: string; image: string; frozen: string };

/** Copy-on-write disks and memory over the frozen ones: QEMU goes on where it was stopped. */
async function thaw({ folder, image, frozen }: Thawing): Promise<{ qemu: ChildProcess; port: number }> {
  await Promise.all(
    ["root", ...disks].map((disk) =>
      makeDisk(join(folder, `${disk}.qcow2`), { base: join(frozen, `${disk}.qcow2`), format: "qcow2" }),
    ),
  );
  // QEMU runs in its folder; so the shell that it reads the state through is given no path.
  symlinkSync(join(frozen, "state"), join(folder, "state"));
  const memoryFile = join(frozen, "ram.img");
  const { qemu, port } = await launchOnFreePort({ folder, image, memoryFile, share: false, incoming: true });
  try {
    await monitor(folder, "migrate_set_capability x-ignore-shared on");
    await monitor(folder, 'migrate_incoming "exec:cat state"');
    // "paused (inmigrate)" is still loading; a `cont` given then is forgotten.
    for (const until = Date.now() + 60_000; ; await sleep(20)) {
      const status = await monitor(folder, "info status");
      if (/paused(?! \(inmigrate\))|running/.test(status)) break;
      if (Date.now() > until) throw new Error(`the frozen state could not be loaded: ${status}`);
    }
    await monitor(folder, "cont");
    return { qemu, port };
  } catch (fault) {
    await end(qemu);
    throw fault;
  }
}

async function launchOnFreePort(machine: Omit<Machine, "port">): Promise<{ qemu: ChildProcess; port: number }> {
  for (let tries = 0; ; tries++) {
    const port = await freePort();
    try {
      return { qemu: await launch({ ...machine, port }), port };
    } catch (fault) {
      if (!(fault instanceof PortTaken) || tries === 5) throw fault;
    }
  }
}

/** A thawed guest believes that it is the moment of its freezing, and draws the same random numbers as other copies. */
async function wake(guest: GuestConnection): Promise<void> {
  // 0x5207 is RNDRESEEDCRNG: what was just mixed in counts at once.
  const stir = 'read STDIN, $b, 64; open U, ">", "/dev/urandom"; syswrite U, $b; ioctl U, 0x5207, 0';
  const script = 'date -s "$0" >/dev/null && exec perl -e "$1"';
  const now = `@${(Date.now() / 1000).toFixed(3)}`;
  const woken = await guest.run(["sh", "-c", script, now, stir], { input: randomBytes(64) });
  if (woken.code !== 0) throw new Error(`setting the guest's clock: ${woken.stderr}`);
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
