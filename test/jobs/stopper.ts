/** A process of its own whose outbox has a post for later, and stops: nothing may keep it alive then. */
import { join } from "node:path";
import { createOutbox } from "../../src/jobs/outbox.ts";
import { createLog } from "../../src/log.ts";
import { openStore } from "../../src/store/sqlite.ts";
import { final, message } from "../store/messages.ts";
import { testNetwork } from "./network.ts";

const store = openStore(join(process.argv[2] ?? "", "manchot.db"));
store.accept(message("$a"), Date.now());
store.advance(1, "received", "answered", { event: "answered", posts: [final("x")] }, Date.now());
const network = testNetwork(() => ({ kind: "retry", afterMs: 40_000, why: "429" }));
const outbox = createOutbox({
  store,
  networks: new Map([["matrix", network]]),
  now: Date.now,
  log: createLog("silent", []),
});
await outbox.idle();
await outbox.stop();
process.stdout.write(`stopped, next due in ${(store.nextDue() ?? 0) - Date.now()} ms\n`);
store.close();
