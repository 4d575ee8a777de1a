/**
 * A process of its own that takes messages in, answers them and delivers the answers, for as long as it lives. It says
 * each call on stdout once it has returned: that is what a SIGKILL must not undo. It takes up what an earlier run left.
 */
import { writeSync } from "node:fs";
import { openStore } from "../../src/store/sqlite.ts";
import { final, inThread, progress } from "./messages.ts";

const [file = "", run = ""] = process.argv.slice(2);
const tell = (...words: (string | number)[]): void => void writeSync(1, `${words.join(" ")}\n`);

const store = openStore(file);
tell("open");

function settle(number: number): void {
  if (number % 3 === 0) {
    store.advance(number, "received", "applying", { event: "applied" }, Date.now());
    tell("applying", number);
    store.note(number, "progress", {}, [progress(`p${number}`)], Date.now());
    finish(number);
  } else {
    store.advance(number, "received", "answered", { event: "answered", posts: [final(`a${number}`)] }, Date.now());
    tell("ended", number);
  }
}

function finish(number: number): void {
  store.advance(number, "applying", "done", { event: "done", posts: [final(`a${number}`)] }, Date.now());
  tell("ended", number);
}

function deliver(): void {
  for (const entry of store.due(Date.now(), 2)) {
    // The network has it now, by its key: the same key again is the same post.
    tell("sent", entry.request.number, entry.post.purpose, entry.key);
    store.delivered(entry.id, `$${entry.key}`, Date.now());
    tell("delivered", entry.request.number, entry.post.purpose);
  }
}

for (const { number, state } of store.unfinished()) state === "received" ? settle(number) : finish(number);
for (let count = 0; ; count += 1) {
  const eventId = `$${run}.${count}`;
  const { request } = store.accept(inThread(eventId, `$t${count % 5}`), Date.now());
  tell("accepted", request.number, eventId);
  settle(request.number);
  if (count % 2 === 1) deliver();
}
