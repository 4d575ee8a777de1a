/** A change's steps on a real executor: what was done is told, what was not is asked again before it is. */
import { expect, onTestFinished, test } from "vitest";
import { operationIdOf } from "../../src/jobs/change.ts";
import type { Origin } from "../../src/protocol/wire.ts";
import type { RequestState } from "../../src/store/store.ts";
import { type InProcess, startInProcess } from "../rig/in-process.ts";

async function start() {
  const clock = { ahead: 0 };
  const rig = await startInProcess({ now: () => Date.now() + clock.ahead });
  onTestFinished(() => rig.stop());
  // Its first connection wakes all that is on its way: that shall be over before a test puts something there.
  expect(await rig.bot.parts.hypervisor.ask("host.facts", {})).toMatchObject({ ok: true });
  return { rig, clock };
}

const origin = (person: string, request = 1): Origin => ({ person, network: "terminal", request });

/** What an earlier life of this bot had planned for an event, and perhaps applied. */
async function earlierLife(rig: InProcess, eventId: string, target: string, apply: boolean) {
  const { hypervisor } = rig.bot.parts;
  const id = operationIdOf({ network: "terminal", eventId, attempt: 0 });
  const plan = await hypervisor.plan(id, "zfs.snapshot", { targets: [target] }, origin("somebody"));
  if (!plan.ok) throw new Error(JSON.stringify(plan));
  if (apply) expect(await hypervisor.apply(id, plan.value.hash)).toMatchObject({ ok: true });
  return id;
}

async function reaches(rig: InProcess, number: number, state: RequestState): Promise<void> {
  await expect.poll(() => rig.bot.parts.store.find(number)?.state, { timeout: 10_000 }).toBe(state);
}

const count = (text: string, name: string): number => text.split(`${name}@manchot_add`).length - 1;

test("an event that an earlier life of this bot has had done is told as done, with what it made", async () => {
  const { rig } = await start();
  await earlierLife(rig, "once", "visio", true);
  const answer = await rig.say("snapshot visio", { eventId: "once" });
  expect(answer).toContain("tank/production/visio@manchot_add");
  expect(count(await rig.say("snapshots visio"), "visio")).toBe(1);
  expect(rig.bot.parts.store.find(1)?.state).toBe("done");
});

test("what an earlier life has set going is waited for, and what it had only planned is not applied", async () => {
  const { rig } = await start();
  const { hypervisor, store } = rig.bot.parts;
  await earlierLife(rig, "planned", "sql", false);
  rig.deliver("snapshot sql", { eventId: "planned" });
  // Enough of them that the rate limit lets the next one wait.
  for (let n = 0; n < 10; n += 1) await earlierLife(rig, `other ${n}`, "audio", true);
  const id = await earlierLife(rig, "queued", "visio", true);
  expect(await hypervisor.watch(id)).toMatchObject({ ok: true, value: { state: "queued" } });
  rig.deliver("snapshot visio", { eventId: "queued" });
  await reaches(rig, 2, "applying");
  expect(store.find(2)?.operation).toBe(id);
  expect(store.find(1)?.state).toBe("accepted");
  expect(await hypervisor.watch(operationIdOf({ network: "terminal", eventId: "planned", attempt: 0 }))).toMatchObject({
    value: { state: "planned" },
  });
  expect(count(await rig.say("snapshots sql"), "sql")).toBe(0);
});

/** A request that was planned just before the bot was cut off. */
async function planned(rig: InProcess, account: string): Promise<{ readonly number: number; apply(): Promise<void> }> {
  const { hypervisor, store } = rig.bot.parts;
  const now = rig.bot.parts.now();
  const venue = { network: "terminal", place: "test", thread: "cut", direct: true, encrypted: false } as const;
  const said = { network: "terminal", eventId: "cut", venue, account, label: account, text: "snapshot visio" } as const;
  const { request } = store.accept({ ...said, sentAt: now }, now);
  const given = { targets: ["visio"] };
  store.advance(
    request.number,
    "received",
    "accepted",
    { patch: { person: account, command: "snapshot", given }, event: "accepted" },
    now,
  );
  const id = operationIdOf(request);
  const plan = await hypervisor.plan(id, "zfs.snapshot", given, origin(account, request.number));
  if (!plan.ok) throw new Error(JSON.stringify(plan));
  const { hash } = plan.value;
  store.advance(
    request.number,
    "accepted",
    "planned",
    { patch: { operation: id, planHash: hash }, event: "planned" },
    now,
  );
  return {
    number: request.number,
    apply: async () => expect(await hypervisor.apply(id, hash)).toMatchObject({ ok: true }),
  };
}

test("a planned change that the bot comes back to too late is kept, and `run` runs it, once", async () => {
  const { rig, clock } = await start();
  const { number } = await planned(rig, "omar");
  clock.ahead = 11 * 60_000;
  rig.bot.parts.wake(number);
  await reaches(rig, number, "late");
  expect(count(await rig.say("snapshots visio"), "visio")).toBe(0);
  await rig.say(`run ${number}`);
  await reaches(rig, number, "done");
  expect(count(await rig.say("snapshots visio"), "visio")).toBe(1);
});

test("a planned change whose person may not any more is refused", async () => {
  const { rig } = await start();
  const { number } = await planned(rig, "ines");
  rig.bot.parts.wake(number);
  await reaches(rig, number, "failed");
  expect(rig.bot.parts.store.history(number).map(({ event }) => event)).toContain("refused");
  expect(count(await rig.say("snapshots visio"), "visio")).toBe(0);
});

test.each(["omar", "ines"])(
  "what was taken before the cut is told as done, late and permitted or not (%s)",
  async (who) => {
    const { rig, clock } = await start();
    const { number, apply } = await planned(rig, who);
    await apply();
    clock.ahead = 11 * 60_000;
    rig.bot.parts.wake(number);
    await reaches(rig, number, "done");
    expect(count(await rig.say("snapshots visio"), "visio")).toBe(1);
  },
);

test("a planned change that is neither late nor forbidden goes on", async () => {
  const { rig } = await start();
  const { number } = await planned(rig, "omar");
  rig.bot.parts.wake(number);
  await reaches(rig, number, "done");
});
