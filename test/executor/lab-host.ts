/** The lab's hypervisor as the executor has it: every command as the daemon's own user, with the rights that `setup` gave it. */
import type { Hypervisor } from "../../lab/hypervisor.ts";
import { helper } from "../../src/executor/host/commands.ts";
import type { Host } from "../../src/executor/host/host.ts";
import { daemonUser } from "../../src/executor/setup/files.ts";

/** Tells the helper one line, and prints its answer. */
const tellHelper = `const s = require("net").connect(${JSON.stringify(helper)}); s.write(process.argv[1] + "\\n"); s.pipe(process.stdout)`;

export function labHost(guest: Hypervisor): Host {
  const asDaemon = async (argv: readonly string[], timeoutMs = 120_000) => {
    const ended = await guest.run(["runuser", "-u", daemonUser, "--", "env", "-i", "LC_ALL=C", ...argv], { timeoutMs });
    return { ...ended, signal: null, truncated: false };
  };
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    async run(argv, options) {
      const timeoutMs = Math.max(options?.timeoutMs ?? 0, 120_000);
      if (argv[0] !== helper) return asDaemon(argv, timeoutMs);
      const told = await asDaemon(["/usr/bin/node", "-e", tellHelper, JSON.stringify(argv.slice(1))], timeoutMs);
      if (told.code !== 0) return told;
      return { ...JSON.parse(told.stdout), signal: null, truncated: false };
    },
  };
}
