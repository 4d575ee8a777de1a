/** Installs the executor in the guest as its own `setup --apply` does it on a real host. */
import { readFileSync } from "node:fs";
import type { GuestConnection } from "./hypervisor/ssh.ts";
import { must } from "./run.ts";

export type Installation = {
  /** The executor's bundle and the root helper's, on this machine. */
  readonly bundle: string;
  readonly helper: string;
  readonly hostName: string;
  /** Where the bot's private key is written, made for this guest. */
  readonly keyFile: string;
};

export async function installExecutor(
  guest: Pick<GuestConnection, "run" | "copyIn">,
  { bundle, helper, hostName, keyFile }: Installation,
): Promise<void> {
  await must(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "manchot", "-f", keyFile]);
  await guest.copyIn(bundle, "/root/manchot-executor.mjs");
  await guest.copyIn(helper, "/root/manchot-helper.mjs");
  const key = readFileSync(`${keyFile}.pub`, "utf8").trim();
  const options = ["--bot-key", key, "--pool", "tank", "--host-name", hostName];
  const argv = ["/usr/bin/node", "/root/manchot-executor.mjs", "setup", "--apply", ...options];
  const done = await guest.run(argv, { timeoutMs: 240_000 });
  if (done.code !== 0) throw new Error(`setup --apply: exit ${done.code}\n${done.stdout}\n${done.stderr}`);
}
