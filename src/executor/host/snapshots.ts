/** Snapshots: read with `zfs list`, made with one atomic `zfs snapshot`. */
import type { Snapshot } from "../../protocol/facts.ts";
import { good, type Outcome } from "../outcome.ts";
import { zfs } from "./commands.ts";
import { hostFailed, notUnderstood, unknownTarget } from "./fact.ts";
import type { Host } from "./host.ts";
import { isDatasetName, isSnapshotName } from "./names.ts";
import { rows } from "./rows.ts";
import { parseSnapshots, snapshotColumns } from "./snapshot-rows.ts";

/** The properties that mark a snapshot as Manchot's. */
const operationProperty = "manchot:op";
const noteProperty = "manchot:note";

const list = [zfs, "list", "-Hp", "-t", "snapshot", "-o", snapshotColumns] as const;

/** The snapshots of one dataset (not of what is below it), the newest first. */
export function listSnapshots(host: Host, dataset: string): Promise<Outcome<Snapshot[]>> {
  return listSnapshotsOfDatasets(host, [dataset]);
}

/** The snapshots of several datasets, all together, the newest first; one missing dataset fails it all. */
export async function listSnapshotsOfDatasets(host: Host, datasets: readonly string[]): Promise<Outcome<Snapshot[]>> {
  const bad = datasets.find((name) => !isDatasetName(name));
  if (bad !== undefined) return unknownTarget(bad);
  // Without a name, `zfs list` would read every snapshot of the machine.
  if (datasets.length === 0) return good([]);
  // `-d 1` is the dataset's own snapshots, many times cheaper than a search through all.
  const argv = [...list, "-d", "1", ...new Set(datasets)] as const;
  const ran = await host.run(argv);
  const missing = missingNames(ran.stderr)[0];
  if (ran.code !== 0 && missing !== undefined) return unknownTarget(missing);
  if (ran.code !== 0 || ran.truncated) return hostFailed(argv, ran);
  return parseSnapshots(ran.stdout);
}

/** Whether a snapshot exists; and if so, the whole of it. */
export type Sought = { readonly name: string; readonly found?: Snapshot };

/** Looks for snapshots by their full names: the answer has one entry for each name, in the order asked. */
export async function findSnapshots(host: Host, names: readonly string[]): Promise<Outcome<Sought[]>> {
  const possible = [...new Set(names.filter(isSnapshotName))];
  if (possible.length === 0) return good(names.map((name) => ({ name })));
  const argv = [...list, ...possible] as const;
  const ran = await host.run(argv);
  // ZFS lists those that exist and names each missing one on stderr. Only when that accounts for every single name is
  // the answer whole: a name that is neither found nor missing was not looked at.
  if (ran.truncated || ran.code === null || ran.code > 1) return hostFailed(argv, ran);
  const parsed = parseSnapshots(ran.stdout);
  if (!parsed.ok) return parsed;
  const found = new Map(parsed.value.map((snapshot) => [snapshot.name, snapshot]));
  const missing = new Set(missingNames(ran.stderr));
  if (!possible.every((name) => found.has(name) || missing.has(name))) {
    return ran.code === 0 ? notUnderstood(argv, ran.stdout) : hostFailed(argv, ran);
  }
  return good(
    names.map((name) => {
      const snapshot = found.get(name);
      return snapshot === undefined ? { name } : { name, found: snapshot };
    }),
  );
}

/** The names of which ZFS said `cannot open '…': dataset does not exist`; a missing snapshot is told of its dataset too. */
function missingNames(stderr: string): string[] {
  return rows(stderr).flatMap((line) => {
    const name = /^cannot open '(.{1,300})': dataset does not exist$/.exec(line)?.[1];
    return name === undefined ? [] : [name];
  });
}

export type SnapshotOrder = {
  /** Full names, `pool/dataset@snapshot`, all of one pool: several are made at one moment, or none. */
  readonly snapshots: readonly string[];
  /** The operation's id, kept as the property `manchot:op`. */
  readonly operation: string;
  readonly note?: string;
  /** With every dataset below each one, at that same moment. */
  readonly recursive?: boolean;
};

/** The one command that makes the snapshots. Throws where the order could not have come from a plan. */
export function snapshotArgv(order: SnapshotOrder): [string, ...string[]] {
  if (order.snapshots.length === 0) throw new RangeError("a snapshot of nothing");
  const bad = order.snapshots.find((name) => !isSnapshotName(name));
  if (bad !== undefined) throw new RangeError(`not a snapshot's name: ${JSON.stringify(bad)}`);
  const properties = ["-o", `${operationProperty}=${order.operation}`];
  if (order.note !== undefined) properties.push("-o", `${noteProperty}=${order.note}`);
  return [zfs, "snapshot", ...(order.recursive === true ? ["-r"] : []), ...properties, ...order.snapshots];
}
