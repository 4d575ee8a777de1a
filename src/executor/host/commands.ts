/** Every command that this folder ever gives to {@link Host.run}: the runner refuses whatever is not here. */

export const zfs = "/usr/sbin/zfs";
export const zpool = "/usr/sbin/zpool";
export const virsh = "/usr/bin/virsh";

/** libvirt, read-only: the connection that an unprivileged user may open. */
export const virshRead = ["-c", "qemu:///system", "-r"] as const;

/** libvirt, with whatever verbs its access rules grant to the daemon's user. */
export const virshWrite = ["-c", "qemu:///system"] as const;

/**
 * The root helper's socket. It stands where others have a program: what follows it is told to the helper, which takes the
 * fixed verbs of `helper/orders.ts` and no others.
 */
export const helper = "/run/manchot-helper.sock";

export type HostCommand = {
  /** The absolute path of the program. */
  readonly path: string;
  /** The arguments that follow it, to the letter; whatever comes after these is free. */
  readonly prefix: readonly string[];
  /** Whether it changes anything on the host. */
  readonly changes: boolean;
};

export const hostCommands: readonly HostCommand[] = [
  { path: zpool, prefix: ["list", "-Hp"], changes: false },
  { path: zfs, prefix: ["list", "-Hp"], changes: false },
  { path: zfs, prefix: ["snapshot", "-o"], changes: true },
  { path: zfs, prefix: ["snapshot", "-r", "-o"], changes: true },
  { path: virsh, prefix: [...virshRead, "list", "--all", "--uuid"], changes: false },
  { path: virsh, prefix: [...virshRead, "domstats", "--raw", "--nowait"], changes: false },
  { path: virsh, prefix: [...virshRead, "dominfo"], changes: false },
  { path: virsh, prefix: [...virshRead, "dumpxml"], changes: false },
  { path: virsh, prefix: [...virshRead, "vol-path"], changes: false },
  { path: virsh, prefix: [...virshRead, "domifaddr", "--full", "--source", "lease"], changes: false },
  { path: virsh, prefix: [...virshRead, "domifaddr", "--full", "--source", "arp"], changes: false },
  { path: virsh, prefix: [...virshRead, "event", "--event", "lifecycle"], changes: false },
  // libvirt answers this on a connection that may write only; it changes nothing.
  { path: virsh, prefix: [...virshWrite, "screenshot"], changes: false },
  { path: virsh, prefix: [...virshWrite, "start"], changes: true },
  { path: virsh, prefix: [...virshWrite, "shutdown", "--mode", "acpi"], changes: true },
  { path: virsh, prefix: [...virshWrite, "domfsfreeze"], changes: true },
  { path: virsh, prefix: [...virshWrite, "domfsthaw"], changes: true },
  { path: helper, prefix: ["addresses"], changes: false },
  { path: helper, prefix: ["shutdown-agent"], changes: true },
  { path: helper, prefix: ["autostart"], changes: true },
];

/** The entry that allows `argv`, or nothing: then it must not run. */
export function allowed(argv: readonly string[]): HostCommand | undefined {
  return hostCommands.find(
    ({ path, prefix }) => argv[0] === path && prefix.every((word, index) => argv[index + 1] === word),
  );
}
