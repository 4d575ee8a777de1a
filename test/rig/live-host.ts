/** A real hypervisor with the executor as its own `setup --apply` leaves it. */
import { type Hypervisor, startHypervisor } from "../../lab/hypervisor.ts";
import { type Installed, installExecutor } from "../../lab/install-executor.ts";

export type LiveHost = { readonly guest: Hypervisor; readonly executor: Installed };

export type HostOptions = {
  /** The file in dist/ that is installed in the guest. */
  readonly bundle?: string;
  /** What the executor's rate limit is there; the default of the product is 10 a minute. */
  readonly limits?: { readonly perMinute: number; readonly perHour: number };
};

export async function startHost(options: HostOptions = {}): Promise<LiveHost> {
  const guest = await startHypervisor();
  const executor = await installExecutor(guest, options.bundle === undefined ? {} : { bundle: options.bundle });
  if (options.limits !== undefined) await setLimits(guest, options.limits);
  return { guest, executor };
}

/** The limits stand in a root-owned file of the host; a load test needs wider ones than a person does. */
async function setLimits(guest: Hypervisor, limits: NonNullable<HostOptions["limits"]>): Promise<void> {
  const script = `
    const fs = require("node:fs"), file = "/etc/manchot/executor.json";
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), limits: ${JSON.stringify(limits)} }));
  `;
  const written = await guest.run(["/usr/bin/node", "-e", script]);
  const restarted = await guest.run(["/usr/bin/systemctl", "restart", "manchot-executor"]);
  if (written.code !== 0 || restarted.code !== 0) throw new Error(`limits: ${written.stderr}${restarted.stderr}`);
}

export type RelayWatch = {
  /** The calls so far that carried bytes. */
  readonly calls: () => Promise<readonly string[]>;
  readonly end: () => Promise<void>;
};

/** Watches the relay between sshd and the daemon, which every byte of the protocol passes, by strace in the guest. */
export async function watchRelay(guest: Hypervisor): Promise<RelayWatch> {
  const pid = (await guest.run(["pgrep", "-u", "manchot-bot", "-x", "node"])).stdout.trim();
  if (!/^\d+$/.test(pid)) throw new Error(`one relay should run, and pgrep tells: ${pid}`);
  const trace = "trace=read,readv,write,writev,recvmsg,sendmsg,recvfrom,sendto";
  const script = `strace -f -y -qq -e ${trace} -o /root/relay.trace -p ${pid} & echo $! > /root/strace.pid; wait $!`;
  const watching = guest.run(["sh", "-c", script], { timeoutMs: 600_000 });
  while (!/TracerPid:\s+[1-9]/.test((await guest.run(["cat", `/proc/${pid}/status`])).stdout));
  return {
    // What is left out carries no protocol: node's threads wake one another through an eventfd.
    calls: async () =>
      (await guest.run(["cat", "/root/relay.trace"])).stdout
        .split("\n")
        .filter((line) => /<(?!anon_inode:)[^>]*>/.test(line)),
    end: async () => {
      await guest.run(["sh", "-c", "kill -INT $(cat /root/strace.pid)"]);
      await watching;
    },
  };
}
