/** SIGKILL at random moments: what was told complete is there, and nothing is there by half. */
import { randomInt } from "node:crypto";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { expect, test } from "vitest";
import { startProgram } from "../rig/process.ts";
import { freshFile } from "./fixtures.ts";
import { factoryOf, mustOpen, openDatabase, result } from "./promises.ts";

const worker = join(import.meta.dirname, "kill-worker.ts");

test("killed again and again in the midst of writing, the file has what was complete", async () => {
  const file = freshFile();
  let told = -1;
  for (let kill = 0; kill < 12; kill += 1) {
    const program = startProgram([process.execPath, worker, file]);
    // Some before it is open: also a file that is being made.
    if (kill % 4 === 0) await after(randomInt(150, 400));
    else {
      await program.line(/^open/);
      await after(randomInt(400));
    }
    await program.kill();
    const complete = program.lines.flatMap((line) => /^complete (\d+)\.$/.exec(line)?.[1] ?? []).map(Number);
    told = Math.max(told, ...complete);

    const db = mustOpen(file);
    const factory = factoryOf(db);
    if ((await factory.databases()).length > 0) {
      const database = await openDatabase(factory, "d");
      const transaction = database.transaction(["a", "b", "last"]);
      const [a, b, last] = await Promise.all([
        result(transaction.objectStore("a").getAll()),
        result(transaction.objectStore("b").getAll()),
        result(transaction.objectStore("last").get("n")),
      ]);
      const newest = typeof last === "number" ? last : -1;
      expect(newest).toBeGreaterThanOrEqual(told);
      const wanted = Array.from({ length: Math.min(50, newest + 1) }, (_, back) => newest - back)
        .reverse()
        .map((n) => ({ n, text: `${n} `.repeat((n * 37) % 3_000) }));
      expect(a).toEqual(wanted);
      expect(b).toEqual(wanted);
    } else expect(told).toBe(-1);
    db.close();
  }
  expect(told).toBeGreaterThan(50);
  const others = readdirSync(dirname(file)).filter((name) => !/^store\.sqlite(-wal)?$/.test(name));
  expect(others.length).toBeLessThan(3);
});
