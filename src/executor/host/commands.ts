/** Every command that this folder ever gives to {@link Host.run}: the runner refuses whatever is not here. */

export const zfs = "/usr/sbin/zfs";
export const zpool = "/usr/sbin/zpool";
export const virsh = "/usr/bin/virsh";

/** libvirt, read-only: the connection that an unprivileged user may open. */
export const virshRead = ["-c", "qemu:///system", "-r"] as const;

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
];

/** The entry that allows `argv`, or nothing: then it must not run. */
export function allowed(argv: readonly string[]): HostCommand | undefined {
  return hostCommands.find(
    ({ path, prefix }) => argv[0] === path && prefix.every((word, index) => argv[index + 1] === word),
  );
}
