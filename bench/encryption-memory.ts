/** A process that has a machine open on the file, and says how many KiB it is resident with. */
import { readFileSync } from "node:fs";
import { DeviceId, initAsync, OlmMachine, StoreHandle, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { openIndexedDb } from "../src/indexed-db/open.ts";

const opened = openIndexedDb(process.argv[2] ?? "");
if (!opened.ok) throw new Error(opened.message);
await initAsync();
const handle = await opened.db.opening(() => StoreHandle.open("olm", undefined));
const machine = await OlmMachine.initFromStore(new UserId("@bot:example.org"), new DeviceId("DEVICE"), handle);
globalThis.gc?.();
await new Promise((resolve) => setTimeout(resolve, 500));
globalThis.gc?.();
process.stdout.write(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "");
machine.close();
opened.db.close();
