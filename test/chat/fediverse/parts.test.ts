/** The small parts, by property: splitting, pacing, ids, and pages of a server that gives its newest first. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Clock } from "../../../src/chat/fediverse/clock.ts";
import { lengthOf, textsOf } from "../../../src/chat/fediverse/compose.ts";
import { createHttp } from "../../../src/chat/fediverse/http.ts";
import { createPace } from "../../../src/chat/fediverse/pace.ts";
import { after, compareIds } from "../../../src/chat/fediverse/poll.ts";
import { split } from "../../../src/chat/fediverse/split.ts";

const prose = fc
  .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom(" ", "\n", "\n\n", "word ")), { maxLength: 60 })
  .map((parts) => parts.join(""));

test("whatever is split comes in parts that fit, and nothing but blanks is lost", () => {
  fc.assert(
    fc.property(prose, fc.integer({ min: 1, max: 50 }), (text, most) => {
      const parts = split(text, most);
      expect(parts.length).toBeGreaterThan(0);
      for (const part of parts) {
        expect(lengthOf(part)).toBeLessThanOrEqual(most);
        if (parts.length > 1) expect(part.trim()).not.toBe("");
      }
      expect(parts.join("").replace(/\s/gu, "")).toBe(text.replace(/\s/gu, ""));
    }),
    { numRuns: 1000 },
  );
});

test("lines stay whole as long as they fit", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 40 }), (lines) => {
      expect(split(lines.join("\n"), 30).flatMap((part) => part.split("\n"))).toEqual(lines);
    }),
  );
});

test("outside Pleroma no word holds a bare at sign: snac2 finds mentions inside words", () => {
  const self = {
    server: "",
    id: "",
    actor: "",
    links: [],
    name: "",
    domain: "",
    forgeable: false,
    fullHandles: true,
    maximumPost: 5000,
  };
  const answer = { tone: "facts", blocks: [{ kind: "text", text: "tank/web@monday a@b ＠c @d" }] } as const;
  const [other] = textsOf(answer, "zelie@ops.test", { ...self, pleroma: false });
  expect(other?.slice("@zelie@ops.test ".length)).not.toMatch(/[@＠](?!\u200b)/u);
  const [pleroma] = textsOf(answer, "zelie", { ...self, pleroma: true });
  expect(pleroma).toContain("tank/web@monday");
});

test("in no window more posts arrive than may, whenever within its call a server counts each", async () => {
  const post = fc.record({
    at: fc.integer({ min: 0, max: 3000 }),
    takes: fc.integer({ min: 0, max: 2000 }),
    counts: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(post, { minLength: 1, maxLength: 30 }), async (posts) => {
      const world = simulated();
      const pace = createPace(world.clock, { postsPerWindow: 4, windowMs: 1000 });
      const { signal } = new AbortController();
      const arrived: number[] = [];
      const order: number[] = [];
      const all = [...posts]
        .sort((a, b) => a.at - b.at)
        .map(async ({ at, takes, counts }, index) => {
          await world.clock.sleep(at, signal);
          const over = await pace.turn(signal);
          order.push(index);
          const begun = world.clock.now();
          await world.clock.sleep(takes, signal);
          arrived.push(begun + takes * counts);
          over();
        });
      await world.run(Promise.all(all));
      arrived.sort((a, b) => a - b);
      for (const [index, moment] of arrived.entries()) {
        const fourth = arrived[index + 4];
        if (fourth !== undefined) expect(fourth - moment).toBeGreaterThanOrEqual(1000);
      }
      expect(order).toEqual([...order].sort((a, b) => a - b));
    }),
    { numRuns: 200 },
  );
});

/** Time that passes only when everybody waits. */
function simulated(): { readonly clock: Clock; run(work: Promise<unknown>): Promise<void> } {
  let now = 0;
  let waiting: { readonly until: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const one = { until: now + ms, wake: resolve };
        waiting.push(one);
        signal.addEventListener("abort", () => {
          waiting = waiting.filter((other) => other !== one);
          resolve();
        });
      }),
  };
  return {
    clock,
    async run(work) {
      let over = false;
      void work.finally(() => {
        over = true;
      });
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        if (over) return;
        const [next] = waiting.sort((a, b) => a.until - b.until);
        if (next === undefined) throw new Error("everybody waits for nothing");
        waiting.shift();
        now = Math.max(now, next.until);
        next.wake();
      }
    },
  };
}

test("ids that are integers sort by value, others by length and letter", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n }), fc.bigInt({ min: 0n }), (a, b) => {
      expect(Math.sign(compareIds(String(a), String(b)))).toBe(a < b ? -1 : a > b ? 1 : 0);
    }),
  );
  expect(compareIds("01ABC", "01ABD")).toBeLessThan(0);
  expect(compareIds("007", "7")).toBe(0);
});

test("a backlog is whole and in order, also of a server that gives the newest of it first", async () => {
  const ids = Array.from({ length: 130 }, (_, n) => String(95 + n));
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? "", "http://x").searchParams;
    const [least, most] = [query.get("min_id") ?? "0", query.get("max_id")];
    const fit = ids.filter((id) => Number(id) > Number(least) && (most === null || Number(id) < Number(most)));
    const page = fit.toReversed().slice(0, Number(query.get("limit")));
    response.end(JSON.stringify([{ type: "no id" }, ...page.map((id) => ({ id }))]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const http = createHttp({ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs: 2000 });
  const found = await after(http, "98", { pleroma: false }, new AbortController().signal);
  expect(found.kind === "ok" && found.value.map(({ id }) => id)).toEqual(ids.slice(4));
  http.close();
  await new Promise((resolve) => server.close(resolve));
});
