/** Filesystems and volumes, as `zfs list` tells them. */
import type { Dataset } from "../../protocol/facts.ts";
import { good, type Outcome } from "../outcome.ts";
import { zfs } from "./commands.ts";
import { hostFailed, notUnderstood, output, unknownTarget } from "./fact.ts";
import type { Host } from "./host.ts";
import { isDatasetName } from "./names.ts";
import { guidText, rows, wholeNumber } from "./rows.ts";
import { listPools } from "./zpool.ts";

// `-Hp` and not `-j`: in the C locale, ZFS 2.3's JSON ends in the middle of the first text that is not ASCII, with exit
// code 0. Rows of `-Hp` are sound, since a name can hold neither a tab nor a line end.
const columns = ["name", "guid", "type", "used", "available", "referenced"] as const;
const list = [zfs, "list", "-Hp", "-t", "filesystem,volume", "-o", columns.join(",")] as const;

/**
 * Every filesystem and volume, by name; `under`: only that dataset and what is below it. Pools are named one by one:
 * asked for everything, ZFS passes over a suspended pool in silence and ends well.
 */
export async function listDatasets(host: Host, given: { readonly under?: string } = {}): Promise<Outcome<Dataset[]>> {
  if (given.under !== undefined) return listDescendants(host, given.under);
  const pools = await listPools(host);
  if (!pools.ok || pools.value.length === 0) return pools.ok ? good([]) : pools;
  const argv = [...list, "-r", ...pools.value.map((pool) => pool.name)] as const;
  const out = output(argv, await host.run(argv));
  return out.ok ? parseDatasets(out.value) : out;
}

/** One dataset by its full name; `unknown-target` where there is none. */
export async function findDataset(host: Host, name: string): Promise<Outcome<Dataset>> {
  const found = await listNamed(host, ["-d", "0"], name);
  if (!found.ok) return found;
  const dataset = found.value.find((one) => one.name === name);
  return dataset === undefined ? unknownTarget(name) : good(dataset);
}

/** A dataset and everything below it: itself first, then by name. `unknown-target` where it does not exist. */
export function listDescendants(host: Host, name: string): Promise<Outcome<Dataset[]>> {
  return listNamed(host, ["-r"], name);
}

async function listNamed(host: Host, depth: readonly string[], name: string): Promise<Outcome<Dataset[]>> {
  // A name that ZFS would not accept exists nowhere, and is not handed to it (`/path` would be looked up as a path).
  if (!isDatasetName(name)) return unknownTarget(name);
  const argv = [...list, ...depth, name] as const;
  const ran = await host.run(argv);
  if (ran.code !== 0 && ran.stderr.includes("dataset does not exist")) {
    return unknownTarget(name);
  }
  if (ran.code !== 0 || ran.truncated) return hostFailed(argv, ran);
  return parseDatasets(ran.stdout);
}

export function parseDatasets(text: string): Outcome<Dataset[]> {
  const datasets: Dataset[] = [];
  for (const row of rows(text)) {
    const dataset = parseDataset(row);
    if (dataset === undefined) return notUnderstood(list, row);
    datasets.push(dataset);
  }
  return good(datasets);
}

function parseDataset(row: string): Dataset | undefined {
  const cells = row.split("\t");
  const [name, guidCell, type, ...sizes] = cells;
  const guid = guidText(guidCell);
  const [used, available, referenced] = sizes.map(wholeNumber);
  if (cells.length !== columns.length || name === undefined || !isDatasetName(name) || guid === undefined) {
    return undefined;
  }
  if (type !== "filesystem" && type !== "volume") return undefined;
  if (used === undefined || available === undefined || referenced === undefined) return undefined;
  return { name, guid, type, used, available, referenced };
}
