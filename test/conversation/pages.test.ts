import fc from "fast-check";
import { expect, it } from "vitest";
import type { Block } from "../../src/conversation/answer.ts";
import { firstPage, rowsOf, rowsPerPage, split } from "../../src/conversation/pages.ts";
import { contextFor } from "../../src/languages/index.ts";

const blocks: fc.Arbitrary<Block[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant("text" as const), text: fc.string() }),
    fc.record({ kind: fc.constant("list" as const), items: fc.array(fc.string(), { maxLength: 50 }) }),
    fc.record({
      kind: fc.constant("table" as const),
      columns: fc.constant([{ title: "a" }]),
      rows: fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 1 }), { maxLength: 50 }),
    }),
  ),
  { maxLength: 8 },
);
const contentOf = (all: readonly Block[]): unknown[] =>
  all.flatMap((block): unknown[] =>
    block.kind === "table" ? [...block.rows] : block.kind === "list" ? [...block.items] : [block.kind],
  );
const rowsIn = (all: readonly Block[]): number =>
  all.reduce(
    (sum, block) => sum + (block.kind === "table" ? block.rows.length : block.kind === "list" ? block.items.length : 0),
    0,
  );

it("property: what is shown and what is left are the whole, in order, and a page is never too long", () => {
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 60 }), (all, rows) => {
      const { shown, rest } = split(all, rows);
      expect(contentOf([...shown, ...rest])).toEqual(contentOf(all));
      expect(rowsIn(shown)).toBeLessThanOrEqual(rows);
      if (rest.length > 0) expect(rowsIn(all)).toBeGreaterThanOrEqual(rows);
    }),
  );
});

it("says how much is left, and does not speak of more where there is none", () => {
  const context = contextFor({ request: 7, language: "en", timezone: "UTC" });
  const items = Array.from({ length: rowsPerPage + 3 }, (_, index) => `item ${index}`);
  const { first, rest } = firstPage({ tone: "facts", blocks: [{ kind: "list", items }] }, context);
  expect(rowsOf(rest)).toBe(3);
  expect(JSON.stringify(first.blocks.at(-1))).toContain("3");
  const short = { tone: "facts", blocks: [{ kind: "list", items: items.slice(0, rowsPerPage) }] } as const;
  expect(firstPage(short, context)).toEqual({ first: short, rest: [] });
});
