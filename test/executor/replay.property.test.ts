/** What the executor knows is what it would know after a restart: whatever is called, the journal alone gives the same memory. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Executor } from "../../src/executor/executor.ts";
import { codeAt, stepAt } from "../../src/executor/factors/totp.ts";
import { journalName } from "../../src/executor/journal/journal.ts";
import { readJournal } from "../../src/executor/journal/read.ts";
import { openLedger } from "../../src/executor/ledger.ts";
import { Memory } from "../../src/executor/memory.ts";
import type { PlanRequest } from "../../src/executor/planner.ts";
import type { Session } from "../../src/executor/session.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { rules, temporaryFolder } from "./bench.ts";
import { makePerson, writeFactors } from "./factors/enrolled.ts";
import { origin } from "./peer.ts";

const names = ["zelie", "yann"] as const;
const person = fc.constantFrom("zelie", "yann", "noe");
/** The newest, or one of those before it. */
const which = fc.nat(3);
const session = (identity: string): Session => ({ identity, notify: () => undefined });
const [bot, host] = [session("bot"), session("host")];

/** `at`: a plan of those made so far. `shift`: time steps from now. */
const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("plan" as const),
      what: fc.constantFrom("snapshot", "snapshot", "pause", "resume", "stop", "start"),
    }),
  },
  fc.record({ kind: fc.constant("again" as const), at: which }),
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("apply" as const), at: which }) },
  fc.record({ kind: fc.constant("code" as const), at: which, by: person, shift: fc.integer({ min: -2, max: 2 }) }),
  fc.record({ kind: fc.constant("host" as const), at: which, by: person }),
  fc.record({ kind: fc.constantFrom("deny" as const, "cancel" as const), at: which, by: person }),
  fc.record({ kind: fc.constant("burn" as const), of: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant("clock" as const), by: fc.constantFrom(1, 30, 45, 700, 2000, -20, -4000) }),
  fc.record({ kind: fc.constant("factors" as const), left: fc.subarray([...names]) }),
  fc.record({ kind: fc.constant("settle" as const) }),
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

const requests: Record<string, Pick<PlanRequest, "do" | "with">> = {
  snapshot: { do: "zfs.snapshot", with: { targets: ["web"] } },
  pause: { do: "executor.pause", with: {} },
  resume: { do: "executor.resume", with: {} },
  stop: { do: "vm.stop", with: { vm: "sql" } },
  start: { do: "vm.start", with: { vm: "sql" } },
};

/** All that a memory answers, of these ids and about these moments. What is this process's own is left out. */
function told(memory: Memory, ids: readonly string[], now: number) {
  const step = stepAt(now);
  const near = Array.from({ length: 400 }, (_, index) => step - 200 + index);
  return {
    operations: ids.map((id) => {
      const { goes: _, progress: __, lapses: ___, ...rest } = memory.get(id) ?? {};
      return rest;
    }),
    entries: ids.map((id) => memory.entries(id)),
    accepted: memory.accepted().map(({ id }) => id),
    holding: memory.holding().map(({ id }) => id),
    paused: memory.paused,
    seen: memory.factors.seen,
    locked: names.map((one) => memory.factors.lockedUntil(one, now)),
    spent: names.map((one) => near.map((at) => memory.factors.spentOn(one, at) ?? "-").join()),
  };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 15));
}

test("the journal alone gives the same memory, after any calls", async () => {
  const persons = { zelie: makePerson(), yann: makePerson() };
  let ended = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 60 }), async (actions: Action[]) => {
      const folder = temporaryFolder();
      const file = join(folder, "factors.json");
      writeFactors(file, persons);
      const clock = { now: 1_800_000_000_000, steady: 0 };
      const simulator = new Simulator({ clock: () => clock.now, monotonic: () => clock.steady });
      const ledger = openLedger(folder, () => simulator.now());
      const faults: unknown[] = [];
      const executor = new Executor({ ...rules, factors: file }, simulator, ledger, {
        log: (line) => faults.push(line),
        fatal: (error) => faults.push(error),
      });
      executor.resume();
      const plans: { readonly request: PlanRequest; readonly hash: string }[] = [];
      const ids = new Set<string>();
      const of = (at: number) => plans.at(-1 - (at % Math.max(1, plans.length)));
      for (const one of actions) {
        switch (one.kind) {
          case "plan": {
            const what = requests[one.what];
            if (what === undefined) throw new Error(one.what);
            const request: PlanRequest = { id: randomUUID(), ...what, origin };
            ids.add(request.id);
            const made = await executor.plan(bot, request);
            if (made.ok) plans.push({ request, hash: made.value.hash });
            break;
          }
          case "clock":
            clock.now += one.by * 1000;
            clock.steady += Math.max(0, one.by) * 1000;
            break;
          case "burn":
            executor.burn(bot, persons[one.of].code(clock.now));
            break;
          case "factors":
            writeFactors(file, Object.fromEntries(one.left.map((name) => [name, persons[name]])));
            break;
          case "settle":
            await settle();
            break;
          default: {
            const plan = of(one.at);
            if (plan === undefined) break;
            const { id } = plan.request;
            if (one.kind === "again")
              await executor.plan(bot, { ...plan.request, origin: { ...origin, person: "yann" } });
            if (one.kind === "apply") executor.apply(bot, id, plan.hash);
            if (one.kind === "deny") executor.verdicts.deny(bot, id, one.by);
            if (one.kind === "cancel") executor.verdicts.cancel(bot, id, one.by);
            if (one.kind === "host")
              await executor.verdicts.approve(host, { id, hash: plan.hash, by: one.by, factor: { kind: "host" } });
            if (one.kind === "code") {
              const { secret } = one.by === "yann" ? persons.yann : persons.zelie;
              const code = codeAt(secret, stepAt(clock.now / 1000) + one.shift);
              await executor.verdicts.approve(bot, { id, hash: plan.hash, by: one.by, factor: { kind: "totp", code } });
            }
          }
        }
      }
      await settle();
      await executor.stop(1_000);
      ended += [...ids].filter((id) => ledger.memory.get(id)?.ended !== undefined).length;
      const replayed = new Memory();
      const reading = readJournal(join(folder, journalName), (placed) => replayed.fold(placed));
      expect(reading).not.toHaveProperty("damage");
      const now = Math.floor(clock.now / 1000);
      expect(told(replayed, [...ids], now)).toEqual(told(ledger.memory, [...ids], now));
      expect(faults).toEqual([]);
      ledger.close();
    }),
    { numRuns: 60 },
  );
  // The calls came to something.
  expect(ended).toBeGreaterThan(20);
}, 120_000);
