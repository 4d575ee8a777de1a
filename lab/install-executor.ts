/** Installs the executor in the guest as its own `setup --apply` does it on a real host. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Hypervisor } from "./hypervisor.ts";
import { must } from "./run.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export type Installed = {
  /** The name that the executor there gives its host. */
  readonly host: string;
  readonly user: string;
  /** The bot's private key, made for this guest. */
  readonly keyFile: string;
  /** What `setup --apply` printed. */
  readonly told: string;
};

/**
 * `bundle`: a file in `dist/`; the default is the one that is installed on real hosts. `folder`: where the bot's key is
 * written; by default it goes with the guest.
 */
export async function installExecutor(
  guest: Hypervisor,
  {
    bundle = "manchot-executor.mjs",
    folder = guest.folder,
  }: { readonly bundle?: string; readonly folder?: string } = {},
): Promise<Installed> {
  const host = "host1";
  const keyFile = join(folder, "bot_ed25519");
  await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "manchot", "-f", keyFile]);
  await guest.copyIn(join(root, "dist", bundle), "/root/manchot-executor.mjs");
  await guest.copyIn(join(root, "dist", "manchot-helper.mjs"), "/root/manchot-helper.mjs");
  const key = readFileSync(`${keyFile}.pub`, "utf8").trim();
  const options = ["--bot-key", key, "--pool", "tank", "--host-name", host];
  const argv = ["/usr/bin/node", "/root/manchot-executor.mjs", "setup", "--apply", ...options];
  const done = await guest.run(argv, { timeoutMs: 240_000 });
  if (done.code !== 0) throw new Error(`setup --apply: exit ${done.code}\n${done.stdout}\n${done.stderr}`);
  return { host, user: "manchot-bot", keyFile, told: done.stdout };
}
