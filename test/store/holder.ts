/** A process of its own that opens a store and keeps it open: for the tests of the lock. */
import { writeSync } from "node:fs";
import { openStore } from "../../src/store/sqlite.ts";

try {
  openStore(process.argv[2] ?? "");
  writeSync(1, "open\n");
  setTimeout(() => {}, 60_000);
} catch (fault) {
  writeSync(1, `refused: ${fault instanceof Error ? fault.message : ""}\n`);
  process.exitCode = 1;
}
