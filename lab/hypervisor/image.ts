/** Makes, once for each recipe, the guest's image, and its frozen state after the first boot. */
import { chmodSync, copyFileSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, cacheFolder, recipeKey } from "../cache.ts";
import { end } from "../owned.ts";
import { freePort } from "../port.ts";
import { contained, run, tell } from "../run.ts";
import { freeze, makeDisk, memory } from "./frozen.ts";
import { disks, guestMemory, launch, machineArguments } from "./qemu.ts";
import { GuestConnection } from "./ssh.ts";

const here = dirname(fileURLToPath(import.meta.url));
const imageRecipe = [join(here, "build.sh"), join(here, "tiny.S")];
const modelHost = join(here, "model-host.sh");

const imageKey = (): string => recipeKey(imageRecipe);

/** The key of the frozen state: it fits this QEMU, these machine arguments and that image only. */
export async function frozenKey(): Promise<string | undefined> {
  const version = await run(["qemu-system-x86_64", "--version"]).catch(() => undefined);
  if (version?.code !== 0) return undefined;
  const shape = machineArguments({ folder: "", image: "", port: 0, memoryFile: "", share: true, incoming: false });
  return recipeKey([modelHost], imageKey(), version.stdout, JSON.stringify(shape), String(guestMemory));
}

export const imageFolder = (): string => join(cacheFolder, `image-${imageKey()}`);
export const frozenFolder = (key: string): string => join(cacheFolder, `frozen-${key}`);

/** The guest's host key, as a line of its .pub file: type and key. */
export function hostKeyLine(image: string): string {
  return readFileSync(join(image, "host_key.pub"), "utf8").trim().split(" ").slice(0, 2).join(" ");
}

/** Builds whatever of the two is missing. */
export async function buildHypervisor(): Promise<void> {
  const image = await cached("image", imageKey(), async (folder) => {
    tell("the hypervisor's image: building");
    const script = contained(["bash", join(here, "build.sh"), folder, join(cacheFolder, "scratch")]);
    const built = await run(script, { echo: true });
    if (built.code !== 0) throw new Error(`lab/hypervisor/build.sh failed (${built.code}); its last lines say why`);
  });
  const key = await frozenKey();
  if (key === undefined) throw new Error("qemu-system-x86_64 is not installed");
  await cached("frozen", key, async (folder) => {
    tell("the hypervisor's first boot, to be frozen");
    await freezeModelHost(image, folder);
  });
  tell("hypervisor: ready");
}

async function freezeModelHost(image: string, folder: string): Promise<void> {
  // Relative, so that a cache that was moved still works.
  const base = join("..", basename(image), "root.img");
  await makeDisk(join(folder, "root.qcow2"), { base, format: "raw" });
  for (const disk of disks) await makeDisk(join(folder, `${disk}.qcow2`), { size: "4G" });
  copyFileSync(join(image, "id"), join(folder, "id"));
  chmodSync(join(folder, "id"), 0o600);
  const port = await freePort();
  const memoryFile = join(folder, memory);
  const qemu = await launch({ folder, image, port, memoryFile, share: true, incoming: false });
  const guest = new GuestConnection(port, join(folder, "id"), hostKeyLine(image));
  try {
    await guest.open(600_000);
    tell("booted");
    const made = await guest.run(["bash", "-s"], { input: readFileSync(modelHost, "utf8"), timeoutMs: 600_000 });
    if (made.code !== 0) throw new Error(`model-host.sh: ${made.stderr.trim() || made.stdout}`);
    tell("the model host is made");
    guest.close();
    await freeze(folder, qemu);
    tell("frozen");
  } finally {
    guest.close();
    await end(qemu);
  }
}
