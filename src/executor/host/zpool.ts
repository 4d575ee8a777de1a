/** Pools, as `zpool list` tells them. */
import type { Pool } from "../../protocol/facts.ts";
import { good, type Outcome } from "../outcome.ts";
import { zpool } from "./commands.ts";
import { notUnderstood, output } from "./fact.ts";
import type { Host } from "./host.ts";
import { rows, wholeNumber } from "./rows.ts";

const columns = ["name", "guid", "health", "size", "allocated", "free"] as const;
const argv = [zpool, "list", "-Hp", "-o", columns.join(",")] as const;

/**
 * All imported pools, by name. A pool that cannot be opened has no sizes (ZFS says `-`): they are told as 0, and
 * `health` says why.
 */
export async function listPools(host: Host): Promise<Outcome<Pool[]>> {
  const out = output(argv, await host.run(argv));
  return out.ok ? parsePools(out.value) : out;
}

export function parsePools(text: string): Outcome<Pool[]> {
  const pools: Pool[] = [];
  for (const row of rows(text)) {
    const pool = parsePool(row);
    if (pool === undefined) return notUnderstood(argv, row);
    pools.push(pool);
  }
  return good(pools);
}

function parsePool(row: string): Pool | undefined {
  const cells = row.split("\t");
  const [name, guid, health, ...sizes] = cells;
  if (cells.length !== columns.length || !name || !health || !guid || !/^[0-9]{1,20}$/.test(guid)) return undefined;
  const [size, allocated, free] = sizes.map((cell) => (cell === "-" ? 0 : wholeNumber(cell)));
  if (size === undefined || allocated === undefined || free === undefined) return undefined;
  return { name, guid, health, size, allocated, free };
}
