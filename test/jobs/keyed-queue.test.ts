import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { KeyedQueue } from "../../src/jobs/keyed-queue.ts";

it("keeps the order within a key, and lets other keys go on meanwhile", async () => {
  const queue = new KeyedQueue();
  const seen: string[] = [];
  const task = (name: string, ms: number) => async () => {
    seen.push(`${name} begins`);
    await sleep(ms);
    seen.push(`${name} ends`);
  };
  await Promise.all([queue.run("a", task("a1", 60)), queue.run("a", task("a2", 1)), queue.run("b", task("b1", 20))]);
  expect(seen.indexOf("a1 ends")).toBeLessThan(seen.indexOf("a2 begins"));
  expect(seen.indexOf("b1 ends")).toBeLessThan(seen.indexOf("a1 ends"));
});
