/** Waiting, in the lab's hypervisor, for the executor to come to one of the points of src/executor/points.ts. */

/**
 * Lines for bash there, whose last one succeeds once the daemon that runs now is paused at that point, and fails where it
 * is not within three minutes. The journal is followed, not asked again and again: the guest has one processor, and the
 * executor needs it.
 */
export function untilPaused(point: string): string {
  const invocation = '"_SYSTEMD_INVOCATION_ID=$(systemctl show -p InvocationID --value manchot-executor)"';
  return [
    `exec 3< <(exec timeout 180 journalctl -f -n all -o cat ${invocation})`,
    `follower=$!; grep -q -m 1 '^PAUSED ${point}$' <&3; found=$?; exec 3<&-; kill $follower; [ $found = 0 ]`,
  ].join("\n");
}
