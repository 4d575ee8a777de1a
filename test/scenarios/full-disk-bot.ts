/**
 * A bot whose store is on a file system that runs full while it works, and is emptied again. It says on stdout, as JSON,
 * what became of each message.
 */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { startInProcess } from "../rig/in-process.ts";
import { testLog } from "../rig/logs.ts";

const [folder = ""] = process.argv.slice(2);
const filler = join(folder, "filler");
const lines: string[] = [];
const log = testLog(lines, "error");
const rig = await startInProcess({ storeFolder: folder, log });
const { store } = rig.bot.parts;
await rig.say("help");

function fill(): void {
  const file = openSync(filler, "w");
  try {
    for (const page = Buffer.alloc(4096); ; ) writeSync(file, page);
  } catch (fault) {
    if ((fault as { code?: string }).code !== "ENOSPC") throw fault;
  } finally {
    closeSync(file);
  }
}

// Taken in while there was room, and not handled yet.
rig.deliver("snapshot visio", { eventId: "taken" });
rig.deliver("help", { eventId: "stranger", account: "nobody" });
fill();
let refused = 0;
for (let n = 0; n < 8; n += 1) {
  try {
    rig.deliver("snapshot audio", { eventId: "refused" });
  } catch {
    refused += 1;
  }
}
await after(2_000);
const [before, standing] = [rig.posts.length, store.unfinished().length];
rmSync(filler);
// What the inbox did not take is delivered again by the network.
rig.deliver("snapshot audio", { eventId: "refused" });
await rig.bot.idle();
const finals = rig.posts.filter(({ answer }) => answer.tone !== "progress");
const keysOf = (event: string) => new Set(finals.filter((one) => one.inReplyTo === event).map(({ key }) => key)).size;
const count = (text: string, name: string) => text.split(`${name}@manchot_add`).length - 1;
const told = {
  refused,
  standing,
  before,
  answers: ["taken", "stranger", "refused"].map(keysOf),
  snapshots: [count(await rig.say("snapshots visio"), "visio"), count(await rig.say("snapshots audio"), "audio")],
  logged: lines.some((line) => line.includes("the store failed; a request waits for it") && line.includes("full")),
};
process.stdout.write(`${JSON.stringify(told)}\n`);
await rig.stop();
