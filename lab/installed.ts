/**
 * The model host with the executor installed, as its own `setup --apply` does it: done once for each bundle, and frozen; a
 * copy of it starts in seconds, where the installation takes a minute and more.
 */
import { chmodSync, copyFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, recipeKey } from "./cache.ts";
import { freeze, thawToFreeze, wake } from "./hypervisor/frozen.ts";
import { frozenKey, hostKeyLine } from "./hypervisor/image.ts";
import { GuestConnection } from "./hypervisor/ssh.ts";
import { type Hypervisor, modelHost, startHypervisor } from "./hypervisor.ts";
import { installExecutor } from "./install-executor.ts";
import { end } from "./owned.ts";

const here = dirname(fileURLToPath(import.meta.url));
const recipe = ["installed.ts", "install-executor.ts", "hypervisor/frozen.ts"].map((file) => join(here, file));
const unit = "manchot-executor.service";
const socket = "/run/manchot/bot.sock";
const hostName = "host1";
/** Of the bot's private key, in the frozen folder too. */
const keyName = "bot_ed25519";
/** Milliseconds. Each version of the executor leaves half a gigabyte here. */
const kept = 3 * 3_600_000;

export type Installed = {
  /** The name that the executor there gives its host. */
  readonly host: string;
  readonly user: string;
  /** The bot's private key: the same in each copy of a bundle's guest. */
  readonly keyFile: string;
};

export type InstalledOptions = {
  /** A file in `dist/`. Default: the one that is installed on real hosts. */
  readonly bundle?: string;
  /** Where the bot's key is written. By default it goes with the guest. */
  readonly folder?: string;
  /** What the executor's rate limit is there; the default of the product is 10 a minute. */
  readonly limits?: { readonly perMinute: number; readonly perHour: number };
};

/** Starts a fresh, private copy of it, whose executor answers. */
export async function startInstalled(
  options: InstalledOptions = {},
): Promise<{ readonly guest: Hypervisor; readonly executor: Installed }> {
  const frozen = await frozenWith(join(here, "..", "dist", options.bundle ?? "manchot-executor.mjs"));
  const guest = await startHypervisor({ frozen });
  try {
    if (options.limits !== undefined) await setLimits(guest, options.limits);
    await startDaemon(guest);
    const keyFile = join(options.folder ?? guest.folder, keyName);
    copyFileSync(join(frozen, keyName), keyFile);
    chmodSync(keyFile, 0o600);
    return { guest, executor: { host: hostName, user: "manchot-bot", keyFile } };
  } catch (fault) {
    await guest.stop();
    throw fault;
  }
}

async function frozenWith(bundle: string): Promise<string> {
  const { image, frozen } = await modelHost();
  const helper = join(dirname(bundle), "manchot-helper.mjs");
  const key = recipeKey([...recipe, bundle, helper], (await frozenKey()) ?? "");
  const make = async (folder: string): Promise<void> => {
    copyFileSync(join(frozen, "id"), join(folder, "id"));
    const { qemu, port } = await thawToFreeze({ folder, image, frozen });
    const guest = new GuestConnection(port, join(folder, "id"), hostKeyLine(image));
    try {
      await guest.open(90_000);
      await wake(guest);
      await installExecutor(guest, { bundle, helper, hostName, keyFile: join(folder, keyName) });
      // Each copy starts a daemon of its own: no two shall have drawn the same random numbers.
      await must(guest, ["systemctl", "stop", unit]);
      guest.close();
      await freeze(folder, qemu);
    } finally {
      guest.close();
      await end(qemu);
    }
  };
  return cached("installed", key, make, kept);
}

async function startDaemon(guest: Hypervisor): Promise<void> {
  const listens = `for i in $(seq 600); do [ -S ${socket} ] && exit 0; sleep 0.1; done; exit 1`;
  await must(guest, ["sh", "-c", `systemctl start ${unit} && { ${listens}; }`]);
}

/** The limits stand in a root-owned file of the host; a load test needs wider ones than a person does. */
async function setLimits(
  guest: Hypervisor,
  { perMinute, perHour }: Required<InstalledOptions>["limits"],
): Promise<void> {
  const file = "/etc/manchot/executor.json";
  const config: object = JSON.parse(await must(guest, ["cat", file]));
  const text = JSON.stringify({ ...config, limits: { perMinute, perHour } });
  await must(guest, ["dd", "status=none", `of=${file}`], text);
}

async function must(guest: Pick<Hypervisor, "run">, argv: readonly string[], input = ""): Promise<string> {
  const { code, stdout, stderr } = await guest.run(argv, { input });
  if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
  return stdout;
}
