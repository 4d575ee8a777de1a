/** The rest of a person's last long answer in a place, given out page by page. */
import type Sqlite from "better-sqlite3";
import type { Network } from "../chat/port.ts";
import type { Block } from "../conversation/answer.ts";
import { rowsOf, split } from "../conversation/pages.ts";

/** How long a rest is kept after the answer, or after its last page: one day. */
const keptForMs = 24 * 60 * 60 * 1000;

type Row = {
  readonly blocks_json: string;
  readonly kept_at: number;
  readonly taker: number | null;
  readonly showing: number;
};

/** Whose rest it is, and where. */
type Spot = { readonly network: Network; readonly account: string; readonly place: string };

export function createPages(db: Sqlite.Database) {
  const where = "WHERE network = @network AND account = @account AND place = @place";
  const select = db.prepare<[Spot], Row>(`SELECT blocks_json, kept_at, taker, showing FROM page ${where}`);
  const upsert = db.prepare(`
    INSERT OR REPLACE INTO page (network, account, place, blocks_json, kept_at, taker, showing)
    VALUES (@network, @account, @place, @blocks, @now, @taker, @showing)`);
  const remove = db.prepare<[Spot]>(`DELETE FROM page ${where}`);
  const removeOld = db.prepare<[number]>("DELETE FROM page WHERE kept_at < ?");

  const write = (spot: Spot, blocks: readonly Block[], now: number, taker: number | null, showing: number): void => {
    upsert.run({ ...spot, blocks: JSON.stringify(blocks), now, taker, showing });
  };

  return {
    /** Takes the place of an earlier rest; no blocks: there is none any more. */
    keep(spot: Spot, blocks: readonly Block[], now: number): void {
      removeOld.run(now - keptForMs);
      if (blocks.length === 0) remove.run(spot);
      else write(spot, blocks, now, null, 0);
    },

    take(spot: Spot, taker: number, rows: number, now: number): { blocks: readonly Block[]; left: number } | undefined {
      if (!Number.isInteger(rows) || rows < 1) throw new Error(`a page of ${rows} rows`);
      const row = select.get(spot);
      if (row === undefined || row.kept_at < now - keptForMs) return undefined;
      const blocks = JSON.parse(row.blocks_json) as readonly Block[];
      if (row.taker === taker) return page(blocks, row.showing);
      const { rest } = split(blocks, row.showing);
      if (rest.length === 0) {
        remove.run(spot);
        return undefined;
      }
      write(spot, rest, now, taker, rows);
      return page(rest, rows);
    },
  };
}

function page(blocks: readonly Block[], rows: number): { blocks: readonly Block[]; left: number } {
  const { shown, rest } = split(blocks, rows);
  return { blocks: shown, left: rowsOf(rest) };
}
