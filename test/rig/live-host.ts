/** A real hypervisor with the executor as its own `setup --apply` leaves it. */
import type { Hypervisor } from "../../lab/hypervisor.ts";
import type { Installed } from "../../lab/installed.ts";

export type LiveHost = { readonly guest: Hypervisor; readonly executor: Installed };

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
