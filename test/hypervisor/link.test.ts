import { setTimeout as pause } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { type Attempt, keepLink, type Link, type LinkTimings } from "../../src/hypervisor/link.ts";
import type { Unavailable } from "../../src/hypervisor/port.ts";
import { until } from "./listeners.ts";

const timings: LinkTimings = {
  firstRetryMs: 20,
  longestRetryMs: 60_000,
  wantedRetryMs: 50,
  healthyMs: 100,
  patienceMs: 2_000,
};
const away: Attempt<string> = { ok: false, unavailable: { kind: "unreachable", why: "away" } };
const opened: Link<string>[] = [];
afterEach(async () => {
  for (const link of opened.splice(0)) await link.close();
});

/** A link whose attempts a test decides; with the moments of its attempts. */
function keep(attempt: (count: number) => Attempt<string> | Promise<Attempt<string>>) {
  const moments: number[] = [];
  const down: string[] = [];
  const link = keepLink<string>({
    open: async () => {
      moments.push(performance.now());
      return attempt(moments.length);
    },
    onUp: () => void down.push("up"),
    onDown: (why) => void down.push(why.why),
    timings,
  });
  opened.push(link);
  return { link, moments, down };
}

function up(): Attempt<string> & { readonly end: (why: string) => void } {
  let end: (why: Unavailable) => void = () => {};
  const ended = new Promise<Unavailable>((resolve) => {
    end = resolve;
  });
  const close = (): void => end({ kind: "unreachable", why: "closed" });
  return { ok: true, session: "it", ended, close, end: (why) => end({ kind: "unreachable", why }) };
}

test("attempts in vain become rarer; whoever wants the session hastens the next, and the following ones", async () => {
  const { link, moments, down } = keep((count) => (count < 10 ? away : up()));
  await until("it waits long", () => moments.length === 7);
  // The next wait would be between 640 and 1 280 ms.
  expect((moments[6] ?? 0) - (moments[5] ?? 0)).toBeGreaterThan(300);
  const asked = performance.now();
  expect(await link.session()).toEqual({ up: "it" });
  expect(performance.now() - asked).toBeLessThan(500);
  expect(moments).toHaveLength(10);
  // Told once, however many attempts there were.
  expect(down).toEqual(["away", "up"]);
});

test("after a healthy session the waits begin anew, after a short one they go on growing", async () => {
  const sessions: ReturnType<typeof up>[] = [];
  const { moments } = keep((count) => {
    if (count < 7) return away;
    const session = up();
    sessions.push(session);
    return session;
  });
  await until("it is up", () => sessions.length === 1);
  sessions[0]?.end("short");
  await pause(300);
  expect(moments).toHaveLength(7);
  await until("it is up again", () => sessions.length === 2);
  await pause(150);
  sessions[1]?.end("long");
  const ended = performance.now();
  await until("it is up once more", () => sessions.length === 3);
  expect(performance.now() - ended).toBeLessThan(200);
});

test("where trying soon is useless nobody waits, and nobody hastens it", async () => {
  const untrusted: Unavailable = { kind: "untrusted", why: "another key" };
  const { link, moments } = keep(() => ({ ok: false, unavailable: untrusted, retryAfterMs: 60_000 }));
  const first = performance.now();
  expect(await link.session()).toEqual({ down: untrusted });
  expect(await link.session()).toEqual({ down: untrusted });
  await pause(200);
  expect(performance.now() - first).toBeLessThan(1_000);
  expect(moments).toHaveLength(1);
});

test("close in the midst of an attempt closes what it brings, and answers who waits", async () => {
  const late = up();
  let closed = false;
  const { link } = keep(async () => {
    await pause(200);
    const close = (): void => {
      closed = true;
    };
    return late.ok ? { ...late, close } : late;
  });
  const waiting = link.session();
  await pause(20);
  await link.close();
  expect(closed).toBe(true);
  expect(await waiting).toMatchObject({ down: { kind: "unreachable" } });
});
