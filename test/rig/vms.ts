/** The VMs of the lab's hypervisor, as root sees them there, and the executor's records of what was done to them. */
import type { Hypervisor } from "../../lab/hypervisor.ts";

/** A record of the executor's journal. */
export type Record = {
  readonly at: number;
  readonly kind: string;
  readonly op?: string;
  readonly detail: { readonly [key: string]: unknown };
};

export const virsh = ["virsh", "-q", "-c", "qemu:///system"] as const;

/** Programs start slowly in an emulated guest on a busy machine. Milliseconds. */
const patience = 240_000;

export function vmsOf(guest: Hypervisor) {
  const must = async (...argv: string[]): Promise<string> => {
    const { code, stdout, stderr } = await guest.run(argv, { timeoutMs: patience });
    if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  /** Lines of a small shell script, as root. */
  const shell = (...lines: string[]) => must("bash", "-c", lines.join("\n"));
  /** Waits there until a command goes well: the host has one slow processor, and each question to it costs. */
  const until = (command: string) => shell(`for i in $(seq 400); do ${command} && exit 0; sleep 0.4; done; exit 1`);
  /** How often a VM's serial port has said this since it was started. */
  const said = async (uuid: string, words: string): Promise<number> =>
    Number(await shell(`grep -c '${words}' /var/log/libvirt/qemu/${uuid}.serial || true`));
  return {
    must,
    shell,
    said,
    state: (uuid: string) => must(...virsh, "domstate", uuid),
    /** Waits until its serial port has said this. */
    says: (uuid: string, words: string, times = 1) =>
      until(`[ "$(grep -c '${words}' /var/log/libvirt/qemu/${uuid}.serial)" -ge ${times} ]`),
    until,
    /** All that the executor's journal has. */
    async journal(): Promise<Record[]> {
      const text = await must("cat", "/var/lib/manchot/journal.jsonl");
      return text.split("\n").map((line) => JSON.parse(line) as Record);
    },
    /** Seconds since 1970, by the host's clock. */
    now: async (): Promise<number> => Number(await must("date", "+%s")),
  };
}
