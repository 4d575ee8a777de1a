/** Whatever a host prints, the parsers answer, and in time that grows with its length. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDomain } from "../../../src/executor/host/domain-xml.ts";
import { parseVmNames, parseVmStats } from "../../../src/executor/host/libvirt.ts";
import { parseSnapshots } from "../../../src/executor/host/snapshot-rows.ts";
import { readXml } from "../../../src/executor/host/xml.ts";
import { parseDatasets } from "../../../src/executor/host/zfs.ts";
import { parsePools } from "../../../src/executor/host/zpool.ts";
import { cpuTime } from "../../rig/cpu-time.ts";

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  parsePools,
  parseDatasets,
  parseSnapshots,
  parseVmNames,
  parseVmStats,
  parseDomain,
  readXml,
};

const pieces = ["<", ">", "</", "/>", "<!--", "-->", "<a", "<a>", "</a>", "&", "&amp;", "&#x41;", '="', "='", '"', "'"];
const words = [...pieces, " ", "\t", "\n", "-", "1", "18446744073709551615", "tank/x@y", "Domain: 'x'", "  a=1", "="];
const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...words), { maxLength: 60 }).map((list) => list.join("")),
);

describe.each(Object.entries(parsers))("%s", (_name, parse) => {
  test("never throws", () => {
    fc.assert(
      fc.property(hostile, (text) => {
        parse(text);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([...words, "<a b='c' ", "<a>&lt;", "\t\t\t", "tank/x@y\t1\t1\t1\t1\t1\t", "x".repeat(60), "<a b  "])(
    "takes time in proportion to the length: %j repeated",
    (piece) => {
      const [short, long] = [timed(parse, piece, 50_000), timed(parse, piece, 400_000)];
      // Eight times the text; a square would take sixty-four times as long.
      expect(long).toBeLessThan(24 * short + 40);
    },
  );
});

function timed(parse: (text: string) => unknown, piece: string, length: number): number {
  const text = piece.repeat(Math.ceil(length / piece.length));
  return cpuTime(() => void parse(text));
}

describe("nothing that is not understood is dropped", () => {
  const row = "tank/a\t1\tfilesystem\t1\t1\t1\n";
  test.each([
    ["a row too short", `${row}tank/b\t1\tfilesystem\t1\t1\n`],
    ["a row too long", `${row}tank/b\t1\tfilesystem\t1\t1\t1\t1\n`],
    ["another type", "tank/b\t1\tbookmark\t1\t1\t1\n"],
    ["a number beyond 2^53", "tank/b\t1\tfilesystem\t99007199254740993\t1\t1\n"],
    ["an unfit name", "-x\t1\tfilesystem\t1\t1\t1\n"],
    ["an empty line between", `${row}\n${row}`],
  ])("%s", (_title, text) => {
    expect(parseDatasets(text)).toMatchObject({ ok: false, failure: { reason: "host-failed" } });
  });

  test("a snapshot's row that is cut", () => {
    const whole = "tank/a@b\t7\t1\t1\t1\t1\t-\t-\t7\n";
    expect(parseSnapshots(whole)).toMatchObject({ ok: true, value: [{ name: "tank/a@b" }] });
    for (let length = 1; length < whole.length; length++) {
      expect(parseSnapshots(whole + whole.slice(0, length)).ok).toBe(false);
    }
  });

  test("a pool that cannot be opened is told with its health", () => {
    expect(parsePools("tank\t1\tUNAVAIL\t-\t-\t-\n")).toEqual({
      ok: true,
      value: [{ name: "tank", guid: "1", health: "UNAVAIL", size: 0, allocated: 0, free: 0 }],
    });
  });
});
