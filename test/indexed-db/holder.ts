/** A process of its own that opens a file and keeps it open: for the tests of the lock. */
import { writeSync } from "node:fs";
import { openIndexedDb } from "../../src/indexed-db/open.ts";

const opened = openIndexedDb(process.argv[2] ?? "");
writeSync(1, opened.ok ? "open\n" : `refused: ${opened.why}\n`);
if (opened.ok) setTimeout(() => opened.db.close(), 60_000);
