/** Cancelled or finished, never between: said no to, taken back, and killed in the middle of that. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Host } from "../../src/executor/host/host.ts";
import { verifyFolder } from "../../src/executor/journal/verify.ts";
import { decisionPoints, points } from "../../src/executor/points.ts";
import { isFinal, type Operation, type Plan } from "../../src/protocol/plan.ts";
import type { Simulator } from "../../src/simulator/simulator.ts";
import { startBench, temporaryFolder } from "./bench.ts";
import { origin, type Peer, planOf } from "./peer.ts";
import { paused, snapshotsOf, startProcess } from "./process.ts";

const by = "yann";
const taken = (simulator: Simulator, id: string) => JSON.stringify(simulator.model).split(id).length - 1;

/** A host whose commands of this name wait until they are let go. */
function gated(command = "snapshot") {
  const waiting: (() => void)[] = [];
  const asked: (() => void)[] = [];
  /** Closed once somebody waits for the first that is asked for. */
  const isClosed = () => asked.length > 0 || command === "snapshot";
  const host = (simulator: Simulator): Host => ({
    now: () => simulator.now(),
    monotonic: () => simulator.monotonic(),
    async run(argv, options) {
      if (argv[1] === command && isClosed()) {
        for (const go of asked.splice(0)) go();
        await new Promise<void>((go) => waiting.push(go));
      }
      return simulator.run(argv, options);
    },
  });
  return {
    host,
    /** Until a snapshot is asked for. */
    begun: () => new Promise<void>((go) => asked.push(go)),
    go: () => waiting.shift()?.(),
  };
}

async function accept(peer: Peer, targets: string[], request = 41, person = "zelie"): Promise<Plan> {
  const plan = await peer.value<Plan>("plan", {
    ...planOf(randomUUID(), targets),
    origin: { ...origin, request, person },
  });
  await peer.value("apply", { id: plan.id, hash: plan.hash });
  return plan;
}

describe("what is only planned", () => {
  test.each(["deny", "cancel"] as const)("%s: it is over, for good and for everybody", async (method) => {
    const { connect, simulator } = await startBench();
    const [peer, other] = [connect(), connect()];
    const { id, hash } = await peer.value<Plan>("plan", planOf(randomUUID(), ["web"]));
    await other.value("watch", { id });
    const state = method === "deny" ? "denied" : "cancelled";
    const told = await peer.value<Operation>(method, { id, by });
    expect(told).toMatchObject({ state, failure: { reason: state, detail: { by, through: "bot" } } });
    expect(await peer.value(method, { id, by: "noe" })).toEqual(told);
    await other.until(() => other.operations.length > 0);
    expect(other.operations).toEqual([told]);
    expect((await peer.refusal("apply", { id, hash })).reason).toBe(state);
    const another = method === "deny" ? "cancel" : "deny";
    expect(await peer.refusal(another, { id, by })).toEqual({ reason: "too-late", detail: { state } });
    expect(taken(simulator, id)).toBe(0);
  });

  test("of an id that nobody planned there is nothing to take back", async () => {
    const peer = (await startBench()).connect();
    for (const method of ["deny", "cancel"]) {
      expect((await peer.refusal(method, { id: randomUUID(), by })).reason).toBe("no-such-plan");
    }
  });
});

describe("what waits for another", () => {
  test("says for whom, is taken back, and stands in nobody's way then", async () => {
    const gate = gated();
    const { connect, simulator } = await startBench({ host: gate.host });
    const peer = connect();
    const begun = gate.begun();
    const first = await accept(peer, ["web"], 41, "zelie");
    await begun;
    const second = await accept(peer, ["web"], 42, "yann");
    const third = await accept(peer, ["tank/production/web"], 43, "noe");
    const waits = async ({ id }: Plan) => (await peer.value<Operation>("watch", { id })).waitingFor;
    expect(await waits(second)).toEqual([{ request: 41, person: "zelie" }]);
    expect(await waits(third)).toEqual([
      { request: 41, person: "zelie" },
      { request: 42, person: "yann" },
    ]);
    expect(await peer.value("cancel", { id: second.id, by })).toMatchObject({ state: "cancelled" });
    expect(await waits(third)).toEqual([{ request: 41, person: "zelie" }]);
    // Who watches it was told so too.
    const last = peer.operations.findLast(({ id }) => id === third.id);
    expect(last?.waitingFor).toEqual([{ request: 41, person: "zelie" }]);
    const again = gate.begun();
    gate.go();
    expect(await peer.end(first.id)).toMatchObject({ state: "done" });
    await again;
    gate.go();
    expect(await peer.end(third.id)).toMatchObject({ state: "done" });
    expect([first, second, third].map(({ id }) => taken(simulator, id))).toEqual([2, 0, 1]);
  });
});

test("what is cancelled while it is looked whether its plan still holds is not begun afterwards", async () => {
  const gate = gated("list");
  const { connect, simulator } = await startBench({ host: gate.host });
  const peer = connect();
  const plan = await peer.value<Plan>("plan", planOf(randomUUID(), ["web"]));
  const looking = gate.begun();
  await peer.value("apply", { id: plan.id, hash: plan.hash });
  await looking;
  expect(await peer.value("cancel", { id: plan.id, by })).toMatchObject({ state: "cancelled" });
  gate.go();
  // The next on the same target goes once this one has let go of it.
  const next = await accept(peer, ["web"]);
  expect(await peer.end(next.id)).toMatchObject({ state: "done" });
  expect([plan, next].map(({ id }) => taken(simulator, id))).toEqual([0, 2]);
  expect(await peer.value("watch", { id: plan.id })).toMatchObject({ state: "cancelled", step: 0 });
});

describe("what runs", () => {
  test("cannot be denied; asked to cancel in its last step it finishes, and tells that it was too late", async () => {
    const gate = gated();
    const { connect, simulator } = await startBench({ host: gate.host });
    const peer = connect();
    const begun = gate.begun();
    const { id, hash } = await accept(peer, ["web"]);
    await begun;
    expect(await peer.refusal("deny", { id, by })).toEqual({ reason: "too-late", detail: { state: "running" } });
    const asked = await peer.value<Operation>("cancel", { id, by });
    expect(asked).toMatchObject({ state: "running", cancelAsked: { by } });
    gate.go();
    const ended = await peer.end(id);
    expect(ended).toMatchObject({ state: "done", cancelAsked: { by } });
    expect(taken(simulator, id)).toBe(2);
    expect(await peer.refusal("cancel", { id, by })).toEqual({ reason: "too-late", detail: { state: "done" } });
    expect(await peer.value("apply", { id, hash })).toEqual(ended);
  });
});

/** Waits until it has come to its end, whatever that is. */
async function end(peer: Peer, id: string): Promise<Operation> {
  const stands = await peer.value<Operation>("watch", { id });
  if (isFinal(stands)) return stands;
  const found = () => peer.operations.find((one) => one.id === id && isFinal(one));
  await peer.until(() => found() !== undefined);
  return found() ?? stands;
}

/** What must have become of it, for what stands on the host. */
function expectWhole(folder: string, id: string, { state }: Operation): void {
  expect(["cancelled", "done"]).toContain(state);
  expect(snapshotsOf(folder, id)).toBe(state === "done" ? 2 : 0);
}

const isBroken = (error: unknown): undefined => {
  if (!(error instanceof Error) || !/ended|EPIPE|destroyed|refused/.test(error.message)) throw error;
  return undefined;
};

/** What a cancel right after the restart comes to, where the executor was killed at this point. */
const becomes: Readonly<Record<(typeof points)[number], "unknown" | "cancelled" | "done">> = {
  "plan-received": "unknown",
  "plan-journalled": "cancelled",
  "apply-received": "cancelled",
  "apply-journalled": "cancelled",
  "intent-journalled": "cancelled",
  "step-begun": "cancelled",
  "step-run": "done",
  "step-ended": "done",
  "done-journalled": "done",
  told: "done",
};

describe("killed, and cancelled as soon as it is back, at", () => {
  test.each(points)(
    "%s",
    async (point) => {
      const folder = temporaryFolder();
      const id = randomUUID();
      const first = startProcess(folder, point);
      const insist = async () => {
        const { hash } = await first.peer.value<Plan>("plan", planOf(id, ["web"]));
        await first.peer.value("apply", { id, hash });
      };
      void insist().catch(isBroken);
      await paused(first);
      await first.kill();

      // Its host takes its time: the cancel comes before it has looked at what stands.
      const second = startProcess(folder, undefined, ["--delay", "400"]);
      const { error } = await second.peer.call("cancel", { id, by });
      if (becomes[point] === "unknown") {
        expect(error?.data.reason).toBe("no-such-plan");
        await second.kill();
        expect(snapshotsOf(folder, id)).toBe(0);
        return;
      }
      const ended = await end(second.peer, id);
      await second.kill();
      expectWhole(folder, id, ended);
      expect(ended.state).toBe(becomes[point]);

      const third = startProcess(folder);
      expect(await third.peer.value("watch", { id })).toEqual(ended);
      await third.kill();
      expectWhole(folder, id, ended);
      expect(verifyFolder(join(folder, "executor")).ok).toBe(true);
    },
    60_000,
  );
});

describe("killed while it is cancelled, at", () => {
  const cancelling = decisionPoints.filter((point) => point.startsWith("cancel"));

  test.each(cancelling)("%s, planned", async (point) => {
    const folder = temporaryFolder();
    const id = randomUUID();
    const first = startProcess(folder, point);
    const { hash } = await first.peer.value<Plan>("plan", planOf(id, ["web"]));
    void first.peer.call("cancel", { id, by });
    await paused(first);
    await first.kill();

    const second = startProcess(folder);
    const { state } = await second.peer.value<Operation>("watch", { id });
    expect(state).toBe(point === "cancel-journalled" ? "cancelled" : "planned");
    expect(await second.peer.value("cancel", { id, by })).toMatchObject({ state: "cancelled" });
    expect((await second.peer.refusal("apply", { id, hash })).reason).toBe("cancelled");
    await second.kill();
    expect(snapshotsOf(folder, id)).toBe(0);
  });

  test.each(cancelling)(
    "%s, running",
    async (point) => {
      const folder = temporaryFolder();
      const id = randomUUID();
      const first = startProcess(folder, point, ["--delay", "400"]);
      const { hash } = await first.peer.value<Plan>("plan", planOf(id, ["web"]));
      await first.peer.value("apply", { id, hash });
      await first.peer.until(() => first.peer.operations.some(({ state }) => state === "running"));
      void first.peer.call("cancel", { id, by });
      await paused(first);
      await first.kill();

      const second = startProcess(folder);
      const ended = await end(second.peer, id);
      await second.kill();
      expectWhole(folder, id, ended);
      if (point === "cancel-received") expect(ended.state).toBe("done");
      else expect(ended.cancelAsked?.by).toBe(by);
    },
    60_000,
  );
});
