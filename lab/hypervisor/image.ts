/** Makes, once for each recipe, the guest's image, and its frozen state after the first boot. */
import { chmodSync, copyFileSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { cached, cacheFolder, recipeKey } from "../cache.ts";
import { freePort } from "../port.ts";
import { must, run, tell } from "../run.ts";
import { disks, guestMemory, launch, machineArguments, monitor } from "./qemu.ts";
import { GuestConnection } from "./ssh.ts";

const here = dirname(fileURLToPath(import.meta.url));
const imageRecipe = [join(here, "build.sh"), join(here, "tiny.S")];
const frozenRecipe = [join(here, "model-host.sh")];

const imageKey = (): string => recipeKey(imageRecipe);

/** The key of the frozen state: it fits this QEMU, these machine arguments and that image only. */
export async function frozenKey(): Promise<string | undefined> {
  const version = await run(["qemu-system-x86_64", "--version"]).catch(() => undefined);
  if (version?.code !== 0) return undefined;
  const shape = machineArguments({ folder: "", image: "", port: 0, memoryFile: "", share: true, incoming: false });
  return recipeKey(frozenRecipe, imageKey(), version.stdout, JSON.stringify(shape), String(guestMemory));
}

export const imageFolder = (): string => join(cacheFolder, `image-${imageKey()}`);
export const frozenFolder = (key: string): string => join(cacheFolder, `frozen-${key}`);

/** Builds whatever of the two is missing: some six minutes for the image with ZFS's modules, one to freeze. */
export async function buildHypervisor(): Promise<void> {
  const image = await cached("image", imageKey(), async (folder) => {
    tell("the hypervisor's image: building");
    const built = await run(["bash", join(here, "build.sh"), folder, join(cacheFolder, "scratch")], { echo: true });
    if (built.code !== 0) throw new Error(`lab/hypervisor/build.sh failed (${built.code}); its last lines say why`);
  });
  const key = await frozenKey();
  if (key === undefined) throw new Error("qemu-system-x86_64 is not installed");
  await cached("frozen", key, async (folder) => {
    tell("the hypervisor's first boot, to be frozen");
    await freeze(image, folder);
  });
  tell("hypervisor: ready");
}

async function freeze(image: string, folder: string): Promise<void> {
  await must([
    "qemu-img",
    "create",
    "-q",
    "-f",
    "qcow2",
    "-b",
    join(image, "root.img"),
    "-F",
    "raw",
    join(folder, "root.qcow2"),
  ]);
  for (const disk of disks)
    await must(["qemu-img", "create", "-q", "-f", "qcow2", join(folder, `${disk}.qcow2`), "4G"]);
  copyFileSync(join(image, "id"), join(folder, "id"));
  chmodSync(join(folder, "id"), 0o600);
  const port = await freePort();
  const qemu = await launch({ folder, image, port, memoryFile: join(folder, "ram.img"), share: true, incoming: false });
  const guest = new GuestConnection(port, join(folder, "id"));
  try {
    await guest.open(300_000);
    tell("booted");
    const made = await guest.run(["bash", "-s"], {
      input: readFileSync(join(here, "model-host.sh"), "utf8"),
      timeoutMs: 300_000,
    });
    if (made.code !== 0) throw new Error(`model-host.sh: ${made.stderr.trim() || made.stdout}`);
    guest.close();
    await sleep(1000);
    await monitor(folder, "stop");
    await monitor(folder, "migrate_set_capability x-ignore-shared on");
    await monitor(folder, `migrate "exec:cat > ${join(folder, "state")}"`);
    const info = await monitor(folder, "info migrate");
    if (!/status: completed/i.test(info)) throw new Error(`freezing: ${info}`);
    tell("frozen");
  } finally {
    guest.close();
    // The monitor's own `quit` writes the disks' metadata back; a kill could lose it.
    await monitor(folder, "quit").catch(() => {});
    for (let tries = 0; qemu.exitCode === null && qemu.signalCode === null && tries < 200; tries++) await sleep(50);
    qemu.kill("SIGKILL");
    rmSync(join(folder, "monitor"), { force: true });
  }
  for (const file of [...disks.map((disk) => `${disk}.qcow2`), "root.qcow2", "ram.img", "state"])
    chmodSync(join(folder, file), 0o444);
}
