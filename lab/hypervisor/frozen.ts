/** A guest that stands still: how it is frozen into a folder, and how it goes on from there. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, hasEnded } from "../owned.ts";
import { freePort } from "../port.ts";
import { must } from "../run.ts";
import { disks, launch, type Machine, monitor, PortTaken } from "./qemu.ts";
import type { GuestConnection } from "./ssh.ts";

const drives = ["root", ...disks].map((disk) => `${disk}.qcow2`);
/** The guest's memory, in a frozen folder. */
export const memory = "ram.img";
const shared = "migrate_set_capability x-ignore-shared on";

/** A new qcow2 file, empty or on top of another. */
export async function makeDisk(file: string, on: { size: string } | { base: string; format: string }): Promise<void> {
  const rest = "size" in on ? [file, on.size] : ["-b", on.base, "-F", on.format, file];
  await must(["qemu-img", "create", "-q", "-f", "qcow2", ...rest]);
}

/** Stops the guest for good: its disks lie in `folder`, its memory in a file there that QEMU shares, and now its state too. */
export async function freeze(folder: string, qemu: ChildProcess): Promise<void> {
  // The guest's sshd takes note of the connection's end before the moment that every copy begins with.
  await sleep(2000);
  await monitor(folder, "stop");
  await monitor(folder, shared);
  // Memory stands in its file already; the rest goes to one beside it (QEMU runs in this folder).
  const told = await monitor(folder, 'migrate "exec:cat > state"');
  const info = await monitor(folder, "info migrate");
  if (!/status: completed/i.test(info)) throw new Error(`freezing: ${told} ${info}`);
  // The monitor's own `quit` writes the disks' metadata back; a kill could lose it.
  await monitor(folder, "quit").catch(() => {});
  for (const until = Date.now() + 30_000; !hasEnded(qemu) && Date.now() < until; await sleep(50));
  if (!hasEnded(qemu)) throw new Error("QEMU did not end after its freezing");
  rmSync(join(folder, "monitor"), { force: true });
  for (const file of [...drives, memory, "state"]) chmodSync(join(folder, file), 0o444);
}

export type Thawed = { readonly qemu: ChildProcess; readonly port: number };

/** Where it goes on: `folder` is new; `frozen` stays as it is, and must stay there for as long as `folder` is used. */
export type Thawing = { readonly folder: string; readonly image: string; readonly frozen: string };

/** Copy-on-write disks and memory over the frozen ones: QEMU goes on where it was stopped. */
export async function thaw({ folder, image, frozen }: Thawing): Promise<Thawed> {
  await overlay(folder, frozen);
  return goOn({ folder, image, frozen, memoryFile: join(frozen, memory), share: false });
}

/** The same, to be frozen again beside it: memory in a file of its own. */
export async function thawToFreeze({ folder, image, frozen }: Thawing): Promise<Thawed> {
  // Relative, so that a cache that was moved still works.
  await overlay(folder, join("..", basename(frozen)));
  const memoryFile = join(folder, memory);
  await must(["cp", "--sparse=always", "--reflink=auto", "--no-preserve=mode", join(frozen, memory), memoryFile]);
  return goOn({ folder, image, frozen, memoryFile, share: true });
}

async function overlay(folder: string, frozen: string): Promise<void> {
  const make = (drive: string) => makeDisk(join(folder, drive), { base: join(frozen, drive), format: "qcow2" });
  await Promise.all(drives.map(make));
}

type Going = Thawing & Pick<Machine, "memoryFile" | "share">;

async function goOn({ folder, image, frozen, memoryFile, share }: Going): Promise<Thawed> {
  // QEMU runs in its folder; so the shell that it reads the state through is given no path.
  symlinkSync(join(frozen, "state"), join(folder, "state"));
  const thawed = await launchOnFreePort({ folder, image, memoryFile, share, incoming: true });
  try {
    await monitor(folder, shared);
    await monitor(folder, 'migrate_incoming "exec:cat state"');
    // "paused (inmigrate)" is still loading; a `cont` given then is forgotten.
    for (const until = Date.now() + 60_000; ; await sleep(20)) {
      const status = await monitor(folder, "info status");
      if (/paused(?! \(inmigrate\))|running/.test(status)) break;
      if (Date.now() > until) throw new Error(`the frozen state could not be loaded: ${status}`);
    }
    // What is written under this name later must not go through the link.
    rmSync(join(folder, "state"));
    await monitor(folder, "cont");
    return thawed;
  } catch (fault) {
    await end(thawed.qemu);
    throw fault;
  }
}

async function launchOnFreePort(machine: Omit<Machine, "port">): Promise<Thawed> {
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
export async function wake(guest: GuestConnection): Promise<void> {
  // 0x5207 is RNDRESEEDCRNG: what was just mixed in counts at once.
  const stir = 'read STDIN, $b, 64; open U, ">", "/dev/urandom"; syswrite U, $b; ioctl U, 0x5207, 0';
  const script = 'date -s "$0" >/dev/null && exec perl -e "$1"';
  const now = `@${(Date.now() / 1000).toFixed(3)}`;
  const woken = await guest.run(["sh", "-c", script, now, stir], { input: randomBytes(64) });
  if (woken.code !== 0) throw new Error(`setting the guest's clock: ${woken.stderr}`);
}
