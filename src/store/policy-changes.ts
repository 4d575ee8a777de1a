/** Which policies took force, when and by whom: only ever added to, and never forgotten. */
import { existsSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { withCopy } from "./copy.ts";
import type { PolicyChange, PolicyChanges } from "./store.ts";

type Row = {
  readonly at: number;
  readonly cause: PolicyChange["cause"];
  readonly who: string;
  readonly old_hash: string | null;
  readonly new_hash: string;
  readonly difference: string;
  readonly files_json: string;
};

export function createPolicyChanges(db: Sqlite.Database): PolicyChanges {
  const newest = db.prepare<[number], Row>("SELECT * FROM policy_change ORDER BY id DESC LIMIT ?");
  const insert = db.prepare<[object]>(
    `INSERT INTO policy_change (at, cause, who, old_hash, new_hash, difference, files_json)
     VALUES (@at, @cause, @who, @oldHash, @newHash, @difference, @files)`,
  );
  const list = (limit: number): PolicyChange[] => newest.all(limit).map(changeOf);
  return {
    list,
    last: () => list(1)[0],
    add: ({ files, oldHash, ...change }) =>
      void insert.run({ ...change, oldHash: oldHash ?? null, files: JSON.stringify(files) }),
  };
}

/** The newest first, also while a bot has the store open: it is not disturbed. Throws StoreUnavailable. */
export function readPolicyChanges(file: string, limit: number): readonly PolicyChange[] {
  if (!existsSync(file)) return [];
  return withCopy(file, (copy) => {
    const db = new Sqlite(copy);
    try {
      const known = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'policy_change'").get() !== undefined;
      return known ? createPolicyChanges(db).list(limit) : [];
    } finally {
      db.close();
    }
  });
}

function changeOf({ old_hash, new_hash, files_json, ...row }: Row & { readonly id?: number }): PolicyChange {
  const { at, cause, who, difference } = row;
  const files = JSON.parse(files_json) as PolicyChange["files"];
  return { at, cause, who, oldHash: old_hash ?? undefined, newHash: new_hash, difference, files };
}
