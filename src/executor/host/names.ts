/** Which names ZFS may have given, and whether one is safe to hand to it as an argument. */

/** The longest full name, `pool/dataset@snapshot`, in bytes. */
export const maximumName = 255;

/** ZFS's own alphabet. A component is never empty; a pool begins with a letter, so that no name begins with `-`. */
const component = /^[A-Za-z0-9_.: -]+$/;
const poolName = /^[A-Za-z][A-Za-z0-9_.: -]*$/;

/** Whether `name` is that of a pool, a filesystem or a volume, as ZFS would accept it. */
export function isDatasetName(name: string): boolean {
  if (name.length > maximumName) return false;
  const [pool, ...rest] = name.split("/");
  if (pool === undefined || !poolName.test(pool)) return false;
  return rest.every((part) => component.test(part) && part !== "." && part !== "..");
}

/** Whether `name` is a full snapshot name, `pool/dataset@snapshot`, as ZFS would accept it. */
export function isSnapshotName(name: string): boolean {
  if (name.length > maximumName) return false;
  const [dataset, snapshot, ...more] = name.split("@");
  if (dataset === undefined || snapshot === undefined || more.length > 0) return false;
  return isDatasetName(dataset) && component.test(snapshot);
}

/** The pool that a dataset or a snapshot belongs to. */
export function poolOf(name: string): string {
  return name.split(/[/@]/, 1)[0] ?? name;
}
