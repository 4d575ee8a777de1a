/** Classes, guard rails and the rate limit, for every class that there is. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classes, gravity, poolAllows } from "../../src/executor/classes.ts";
import { type Protection, stoppedBy } from "../../src/executor/guard-rails.ts";
import { nextTime, RateLimit } from "../../src/executor/rate-limit.ts";

const vm = { kind: "vm", name: "web", id: "5c0e0000-0000-4000-8000-000000000002" } as const;
const dataset = { kind: "dataset", name: "tank/production/web", id: "12141100098153171105" } as const;
const touched = [vm, dataset];
const maximum = { vms: 1, snapshots: 50 };

describe("a protected target", () => {
  const protections: [string, Protection][] = [
    ["by name", { target: "web" }],
    ["by UUID, whatever its case", { target: vm.id.toUpperCase() }],
    ["by GUID", { target: dataset.id }],
    ["by dataset", { target: "tank/production/web" }],
    ["by a dataset above", { target: "tank" }],
  ];
  test.each(protections)("%s stops whatever is graver than add, and nothing milder", (_how, protection) => {
    const stopped = gravity.filter((of) =>
      stoppedBy({ protected: [protection], maximum }, { class: of, touched, makes: [] }),
    );
    expect(stopped).toEqual(["disrupt", "disrupt-for-good", "destroy"]);
  });

  test.each(gravity)("from %s on stops that class and all graver ones", (from) => {
    const rails = { protected: [{ target: "web", from }], maximum };
    const stopped = gravity.filter((of) => stoppedBy(rails, { class: of, touched, makes: [] }));
    expect(stopped).toEqual(gravity.slice(gravity.indexOf(from)));
  });

  test("is no other of a like name", () => {
    for (const target of ["tank/production/we", "tank/prod", "we", "webb", "tank/production/web/x"]) {
      const rails = { protected: [{ target }], maximum };
      expect(stoppedBy(rails, { class: "destroy", touched, makes: [] })).toBeUndefined();
    }
  });
});

test("more than one VM at a time is for additions only", () => {
  const two = [vm, { ...vm, name: "sql", id: "2" }];
  const stopped = gravity.filter((of) => stoppedBy({ protected: [], maximum }, { class: of, touched: two, makes: [] }));
  expect(stopped).toEqual(["disrupt", "disrupt-for-good", "destroy"]);
});

test("a pool that is not whole is open to fewer classes the worse it is; an unknown health to none", () => {
  const open = (health: string) => gravity.filter((of) => poolAllows(of, health));
  expect(open("ONLINE")).toEqual(gravity);
  expect(open("DEGRADED")).toEqual(["ask", "add", "disrupt"]);
  for (const health of ["SUSPENDED", "FAULTED", "UNAVAIL", "OFFLINE", "REMOVED", "", "online"]) {
    expect(open(health)).toEqual(["ask"]);
  }
});

test("no class graver than add is done without an approval", () => {
  expect(gravity.filter((of) => classes[of].approval === "nothing")).toEqual(["ask", "add"]);
});

describe("the rate limit", () => {
  const limits = fc.record({ perMinute: fc.integer({ min: 1, max: 5 }), perHour: fc.integer({ min: 1, max: 12 }) });
  const gaps = fc.array(fc.nat(400), { maxLength: 60 });

  test("keeps the order though the clock is set back", () => {
    expect(nextTime([100, 200], 150, { perMinute: 10, perHour: 60 })).toBe(200);
  });

  test("is never exceeded in any window, keeps the order, and delays nothing that fits", () => {
    fc.assert(
      fc.property(limits, gaps, (limit, waits) => {
        const rate = new RateLimit(limit);
        const times: number[] = [];
        let now = 1_000_000;
        for (const wait of waits) {
          now += wait;
          const time = rate.next(now);
          expect(time).toBe(nextTime(times, now, limit));
          expect(time).toBeGreaterThanOrEqual(times.at(-1) ?? 0);
          if (time > now) {
            const at = (second: number, window: number) =>
              times.filter((one) => one > second - window && one <= second).length;
            const waitsForOthers = time === times.at(-1);
            expect(waitsForOthers || at(time - 1, 60) >= limit.perMinute || at(time - 1, 3600) >= limit.perHour).toBe(
              true,
            );
          }
          rate.take(time);
          times.push(time);
        }
        for (const time of times) {
          expect(times.filter((one) => one > time - 60 && one <= time).length).toBeLessThanOrEqual(limit.perMinute);
          expect(times.filter((one) => one > time - 3600 && one <= time).length).toBeLessThanOrEqual(limit.perHour);
        }
      }),
    );
  });
});
