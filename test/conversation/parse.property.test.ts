import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { afterMention } from "../../src/conversation/mention.ts";
import { parse } from "../../src/conversation/parse.ts";
import { print } from "../../src/conversation/print.ts";
import { maximumText } from "../../src/conversation/words.ts";
import { cpuTime } from "../rig/cpu-time.ts";
import { everyKind, givenOf } from "./arbitraries.ts";

const all = [...commands, everyKind];
const language = fc.constantFrom("fr" as const, "en" as const);
const handles = ["@manchot:liberta.example", "@manchot", "manchot:", "Manchot Libre"];

describe.each(all.map((command) => [command.name, command] as const))("%s", (_, command) => {
  test("what is printed is read as the very same", () => {
    fc.assert(
      fc.property(givenOf(command), language, (given, spoken) => {
        const said = print(command, given, spoken);
        fc.pre(said.length <= maximumText);
        expect(parse(said, all)).toEqual({ kind: "command", command, given });
      }),
      { numRuns: 400 },
    );
  });

  test("it is reached behind the mention and not without it", () => {
    fc.assert(
      fc.property(
        givenOf(command),
        language,
        fc.constantFrom("@manchot", "@Manchot:", "@manchot:liberta.example,"),
        (given, spoken, mention) => {
          const said = print(command, given, spoken);
          fc.pre(said.length <= maximumText);
          expect(afterMention(said, handles)).toBeUndefined();
          expect(afterMention(`hello ${mention} ${said}`, handles)).toBeUndefined();
          const words = afterMention(`${mention} ${said}`, handles);
          expect(words).toBe(said);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** Any text at all, and text that is nearly right. */
const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ maxLength: 2500 }),
  // Lone surrogates and every control character.
  fc.array(fc.nat(0xffff), { maxLength: 60 }).map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom(
        ...[
          "snapshot",
          "instantané",
          "vm",
          "list",
          "note",
          "note=",
          "--note",
          "recursive",
          "run",
          "#41",
          '"',
          "«",
          "»",
          "'",
          "\\",
          "=",
          "--",
          "\n",
          "\u202e",
          "\u200b",
          "web",
          ",",
        ],
      ),
    )
    .chain((parts) => fc.constantFrom(" ", "", "  ").map((glue) => parts.join(glue))),
);

test("no text makes the parser throw", () => {
  fc.assert(
    fc.property(anything, (text) => {
      expect(["command", "unknown", "wrong", "empty", "unreadable"]).toContain(parse(text, all).kind);
    }),
    { numRuns: 4000 },
  );
});

test("what a command gets has been through its types", () => {
  fc.assert(
    fc.property(anything, (text) => {
      const read = parse(text, all);
      if (read.kind !== "command") return;
      for (const [key, value] of Object.entries(read.given)) {
        expect(read.command.arguments[key]?.safeParse(value).success).toBe(true);
      }
    }),
    { numRuns: 4000 },
  );
});

test("no text reaches a command without a leading mention", () => {
  fc.assert(
    fc.property(anything, (text) => {
      const bare = text
        .replace(/[\u00ad\u180e\u200b-\u200d\u2060\ufeff]/gu, "")
        .trim()
        .toLowerCase();
      fc.pre(!handles.some((handle) => bare.startsWith(handle.toLowerCase())));
      expect(afterMention(text, handles)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

describe("work grows no faster than the text", () => {
  const repeat = (piece: string) => (length: number) =>
    `snapshot ${piece.repeat(Math.floor((length - 9) / piece.length))}`;
  const texts: Record<string, (length: number) => string> = {
    words: repeat("web "),
    "one word": repeat("a"),
    "equal signs": repeat("="),
    backslashes: (length) => `snapshot "${"\\".repeat(2 * Math.floor(length / 2 - 6))}"`,
    "opened quotes": repeat("'a "),
    "quoted words": repeat('"a" '),
    options: repeat("note "),
    dashes: repeat("--"),
    spaces: (length) => `snapshot${" ".repeat(length - 9)}x`,
    accents: repeat("e\u0301"),
    "a long note": (length) => `snapshot web note ${"a ".repeat(length / 2 - 9)}`,
  };
  test.each(Object.entries(texts))("%s", (_, make) => {
    const [short, long] = [make(250), make(2000)];
    const time = (text: string): number =>
      cpuTime(() => {
        for (let round = 0; round < 200; round += 1) parse(text, commands);
      });
    time(long);
    // Eight times as long: linear work takes at most eight times as long, quadratic work 64 times.
    expect(time(long) / time(short)).toBeLessThan(24);
  });

  test("a text of any length is refused at once, and never cut", () => {
    expect(parse(`snapshot web${" ".repeat(5_000_000)}`, commands)).toEqual({ kind: "unreadable", why: "too-long" });
    expect(afterMention(`@manchot ${"a".repeat(5_000_000)}`, handles)).toHaveLength(maximumText + 1);
  });
});
