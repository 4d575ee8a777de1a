/** Locks by themselves: whatever is asked for, given back and withdrawn. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Locks } from "../../src/executor/locks.ts";

/** Few of several: most sets overlap with some, and hardly any with all. */
const keys = fc.subarray(["a", "b", "c", "d"], { minLength: 1, maxLength: 2 });
const step = fc.oneof(
  fc.record({ what: fc.constant("acquire" as const), keys }),
  fc.record({ what: fc.constantFrom("release" as const, "withdraw" as const), which: fc.nat() }),
);

type Owner = { readonly number: number; readonly keys: readonly string[] };

test("no key is ever held twice, who asked first is first, and who waits is told exactly for whom", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: "max" }), async (steps) => {
      const locks = new Locks<Owner>();
      const holding = new Map<Owner, () => void>();
      let waiting: Owner[] = [];
      const withdrawn = new Set<Owner>();
      const settle = () => new Promise((resolve) => setImmediate(resolve));
      for (const [number, one] of steps.entries()) {
        if (one.what === "acquire") {
          const owner = { number, keys: one.keys };
          waiting.push(owner);
          void locks.acquire(owner, one.keys).then((release) => {
            if (release === undefined) withdrawn.add(owner);
            else holding.set(owner, release);
          });
        } else if (one.what === "release") {
          const [owner, release] = [...holding][one.which % Math.max(1, holding.size)] ?? [];
          if (owner !== undefined) holding.delete(owner);
          release?.();
        } else {
          const owner = waiting[one.which % Math.max(1, waiting.length)];
          if (owner !== undefined) locks.withdraw(owner);
        }
        await settle();
        waiting = waiting.filter((owner) => !holding.has(owner) && !withdrawn.has(owner));
        const held = [...holding.keys()].flatMap((owner) => owner.keys);
        expect(new Set(held).size).toBe(held.length);
        expect(locks.waiting()).toEqual(waiting);
        for (const [index, owner] of waiting.entries()) {
          const others = [...holding.keys(), ...waiting.slice(0, index)];
          const inTheWay = others.filter((other) => other.keys.some((key) => owner.keys.includes(key)));
          // Nobody waits for nothing.
          expect(inTheWay.length).toBeGreaterThan(0);
          expect(new Set(locks.inTheWayOf(owner))).toEqual(new Set(inTheWay));
        }
        for (const owner of holding.keys()) expect(locks.inTheWayOf(owner)).toEqual([]);
      }
    }),
  );
});
