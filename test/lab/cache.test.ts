/** What the lab keeps between runs is made once, whole or not at all, and does not pile up. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeEach, expect, test, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "manchot-cache-"));
vi.stubEnv("MANCHOT_LAB_CACHE", folder);
const { cached } = await import("../../lab/cache.ts");

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

test("two who want the same at once: one makes it, the other waits, without standing still", async () => {
  let made = 0;
  const make = async (to: string): Promise<void> => {
    made++;
    await sleep(300);
    writeFileSync(join(to, "file"), "whole");
  };
  let beats = 0;
  const beat = setInterval(() => beats++, 20);
  const both = await Promise.all([cached("thing", "a", make), cached("thing", "a", make)]);
  clearInterval(beat);
  expect(both).toEqual([join(folder, "thing-a"), join(folder, "thing-a")]);
  expect(readFileSync(join(folder, "thing-a", "file"), "utf8")).toBe("whole");
  expect(made).toBe(1);
  expect(beats).toBeGreaterThan(3);
});

test("what could not be made is not there, and is made the next time", async () => {
  const fails = cached("thing", "a", async (to) => {
    writeFileSync(join(to, "half"), "");
    throw new Error("no");
  });
  await expect(fails).rejects.toThrow("no");
  expect(existsSync(join(folder, "thing-a"))).toBe(false);
  expect(readdirSync(await cached("thing", "a", async (to) => writeFileSync(join(to, "whole"), "")))).toEqual([
    "whole",
  ]);
});

test("others of its kind go once nobody has asked for them for so long; what is asked for stays", async () => {
  const hour = 3_600_000;
  const make = async (): Promise<void> => {};
  const [old, used, other] = [
    await cached("thing", "old", make),
    await cached("thing", "used", make),
    await cached("sort", "old", make),
  ];
  const before = new Date(Date.now() - 2 * hour);
  for (const one of [old, used, other]) utimesSync(one, before, before);
  await cached("thing", "used", make, 3 * hour);
  await cached("thing", "new", make, 3 * hour);
  expect([old, used, other].map((one) => existsSync(one))).toEqual([true, true, true]);
  await cached("thing", "new", make, hour);
  expect([old, used, other].map((one) => existsSync(one))).toEqual([false, true, true]);
});
