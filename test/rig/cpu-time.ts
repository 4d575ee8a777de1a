/**
 * The processor time of a piece of work in milliseconds, the least of five: what else the machine does hardly shows in
 * it, so that it may be compared with that of another piece.
 */
export function cpuTime(work: () => void): number {
  const runs = Array.from({ length: 5 }, () => {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  });
  return Math.min(...runs);
}
