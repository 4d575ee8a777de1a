/** `zpool list`, as far as Manchot asks it. */
import type { Ran } from "../executor/host/host.ts";
import { answered } from "./answer.ts";
import type { Model, SimulatedPool } from "./model.ts";

export function zpoolList(model: Model, words: readonly string[]): Ran {
  const [flags, option, columns, ...rest] = words;
  if (flags !== "-Hp" || option !== "-o" || columns === undefined || rest.length > 0) {
    throw new Error("the simulator knows zpool list -Hp -o … only");
  }
  const pools = [...model.pools].sort((a, b) => (a.name < b.name ? -1 : 1));
  const rows = pools.map((pool) => columns.split(",").map((column) => cell(pool, column)));
  return answered(rows.map((row) => `${row.join("\t")}\n`).join(""));
}

function cell(pool: SimulatedPool, column: string): string {
  // Of a pool that cannot be opened, ZFS knows who it is and no more.
  const known = pool.health !== "UNAVAIL";
  switch (column) {
    case "name":
      return pool.name;
    case "guid":
      return pool.guid;
    case "health":
      return pool.health;
    case "size":
      return known ? String(pool.size) : "-";
    case "allocated":
      return known ? String(pool.allocated) : "-";
    case "free":
      return known ? String(pool.full ? 0 : pool.size - pool.allocated) : "-";
    default:
      throw new Error(`the simulator has no column ${column}`);
  }
}
