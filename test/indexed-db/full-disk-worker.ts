/** A process that may write files of a certain size only: it says what was complete and what was refused, and why. */
import { writeSync } from "node:fs";
import { completed, factoryOf, mustOpen, openThings, result } from "./promises.ts";

let code = "";
const db = mustOpen(process.argv[2] ?? "", {
  onRefused: (fault) => {
    code = "code" in fault ? String(fault.code) : fault.message;
  },
});
const database = await openThings(factoryOf(db));
for (let n = 0, refused = 0; refused < 5; n += 1) {
  const transaction = database.transaction("things", "readwrite");
  transaction.objectStore("things").put(new Uint8Array(20_000).fill(n), n);
  try {
    await completed(transaction);
    writeSync(1, `complete ${n}\n`);
  } catch (fault) {
    refused += 1;
    writeSync(1, `refused ${fault instanceof Error ? fault.name : ""} ${code}\n`);
  }
}
const keys = await result(database.transaction("things").objectStore("things").getAllKeys());
writeSync(1, `memory ${keys.join(",")}\n`);
