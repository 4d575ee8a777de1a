import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { FluentResource } from "@fluent/bundle";
import { describe, expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { argumentsOf } from "../../src/conversation/arguments.ts";
import { methodsInWords, toldKeys } from "../../src/conversation/details.ts";
import { progressStates } from "../../src/conversation/progress.ts";
import { toldEvents, toldRecords } from "../../src/conversation/story.ts";
import { contextFor, languages, say } from "../../src/languages/index.ts";
import { vmAddress, vmState } from "../../src/protocol/facts.ts";
import { consistency, operationClass, wanted, whyCrash } from "../../src/protocol/operations.ts";
import { factorKind, operationState } from "../../src/protocol/plan.ts";
import { failureReason } from "../../src/protocol/wire.ts";

const root = join(import.meta.dirname, "../..");
const ftl = (language: string): string => readFileSync(join(root, `src/languages/${language}.ftl`), "utf8");

/** Each id with the variables that its text uses, also in selectors. */
function variables(language: string): Map<string, string> {
  const messages = new FluentResource(ftl(language)).body;
  return new Map(messages.map(({ id, value }) => [id, [...new Set(namesIn(value))].sort().join(" ")]));
}

function namesIn(node: unknown): string[] {
  if (typeof node !== "object" || node === null) return [];
  if ("type" in node && node.type === "var" && "name" in node) return [String(node.name)];
  return Object.values(node).flatMap(namesIn);
}

/** The text of a call's first argument: up to the comma or the parenthesis that ends it. */
function firstArgument(source: string, from: number): string {
  let depth = 0;
  let at = from;
  for (; at < source.length; at += 1) {
    const character = source[at] ?? "";
    if (depth === 0 && ",)".includes(character)) break;
    if ("({[".includes(character)) depth += 1;
    if (")}]".includes(character)) depth -= 1;
  }
  return source.slice(from, at);
}

/** What the code says: ids in full, and the beginnings of those that are put together. */
function said(): { readonly ids: readonly string[]; readonly beginnings: readonly string[] } {
  const files = ["src", "commands"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      // The executor speaks at the host's own terminal only, and knows nothing of these texts.
      .filter((name) => name.endsWith(".ts") && !name.startsWith("executor"))
      .map((name) => readFileSync(join(root, folder, name), "utf8")),
  );
  const calls = files.flatMap((source) =>
    [...source.matchAll(/\bsay\(/gu)].map(({ index }) => firstArgument(source, index + 4)),
  );
  // What is only compared with is no id.
  const strings = calls.flatMap((call) => [
    ...call.replace(/[!=]== "[^"]*"/gu, "").matchAll(/["`]([a-z][a-z0-9-]*)(\$\{)?/gu),
  ]);
  return {
    ids: strings.filter((found) => found[2] === undefined).map((found) => found[1] ?? ""),
    beginnings: strings.filter((found) => found[2] !== undefined).map((found) => found[1] ?? ""),
  };
}

test("both languages have the same ids, and each the same variables", () => {
  expect(Object.fromEntries(variables("fr"))).toEqual(Object.fromEntries(variables("en")));
});

test("no id stands twice", () => {
  for (const language of languages) {
    const ids = [...ftl(language).matchAll(/^([a-z][\w-]*) =/gmu)].map((found) => found[1]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.length).toBe(variables(language).size);
  }
});

test("every id that the code says has a text, and every text is said", () => {
  const known = [...variables("en").keys()];
  const { ids, beginnings } = said();
  expect(ids.length).toBeGreaterThan(60);
  expect([...new Set(ids)].filter((id) => !known.includes(id))).toEqual([]);
  expect(known.filter((id) => !ids.includes(id) && !beginnings.some((start) => id.startsWith(start)))).toEqual([]);
});

describe("ids that are put together", () => {
  const kinds = commands.flatMap((command) => argumentsOf(command).map(({ kind }) => kind));
  const all: Record<string, readonly string[]> = {
    failure: failureReason.options,
    unavailable: ["unreachable", "untrusted", "incompatible"],
    unreadable: ["too-long", "bidi", "control", "quote", "after-quote"],
    wrong: ["missing", "without-value", "not-one", "too-many", "twice", "unknown-option", "quote-it"],
    argument: [...kinds, "size", "duration", "choice"],
    progress: [...progressStates, "whole"],
    reason: failureReason.options,
    class: operationClass.options,
    wants: wanted.options.map((wants) => wants.replaceAll(" ", "-")),
    "factor-kind": factorKind.options,
    "operation-state": operationState.options,
    method: methodsInWords,
    because: ["changed", "part", "gone", "fault"],
    waiting: ["named", "own", "admin", "somebody", "host"],
    "why-crash": [...whyCrash.shape.because.options, "others"],
    "address-from": vmAddress.shape.source.options,
    cancel: ["none", "ended", "asked", "through", "late", "too-late"],
    consistency: [...consistency.options, "mixed"],
    "vm-state": vmState.options.map((state) => state.replace(" ", "-")),
    "request-state": [
      "received",
      "answered",
      "accepted",
      "planned",
      "applying",
      "done",
      "failed",
      "late",
      "waiting",
      "cancelled",
      "denied",
      "expired",
    ],
    event: toldEvents,
    record: toldRecords,
    key: toldKeys,
  };
  test.each(Object.entries(all))("%s-…", (start, ends) => {
    const known = variables("en");
    expect(ends.filter((end) => !known.has(`${start}-${end}`))).toEqual([]);
    // None of them is left over from something that is gone.
    const extra = { failure: ["near", "words"], wrong: ["understood"] }[start] ?? [];
    const texts = [...known.keys()].filter((id) => id.startsWith(`${start}-`)).map((id) => id.slice(start.length + 1));
    expect(texts.filter((end) => !ends.includes(end) && !extra.includes(end))).toEqual([]);
  });
});

test("a text that is missing keeps no answer back", () => {
  expect(say("fr")("no-such-text", { x: 1 })).toBe("no-such-text");
});

test("texts hold no invisible marks, and numbers of requests are not grouped", () => {
  expect(say("en")("why-hint", { request: "12345" })).toBe("“why #12345” tells the whole story.");
});

describe("sizes, durations, moments", () => {
  const fr = contextFor({ request: 1, language: "fr", timezone: "Europe/Paris" });
  const en = contextFor({ request: 1, language: "en", timezone: "UTC" });
  // Intl's spaces are narrow and unbreakable.
  const plain = (text: string): string => text.replace(/[\u00a0\u202f]/gu, " ");

  test.each([
    [123.45e9, "123,5 Go", "123.5 GB"],
    [0, "0 o", "0 B"],
    [999, "999 o", "999 B"],
    [999_960, "1 Mo", "1 MB"],
    [3.6e12, "3,6 To", "3.6 TB"],
    [2.5e18, "2 500 Po", "2,500 PB"],
  ])("%d bytes", (bytes, french, english) => {
    expect([plain(fr.size(bytes)), plain(en.size(bytes))]).toEqual([french, english]);
  });

  test.each([
    [3_900_000, "1 heure et 5 minutes", "1 hour and 5 minutes"],
    [400, "400 ms", "400 ms"],
    [1250, "1,3 seconde", "1.3 seconds"],
    [59_999, "1 minute", "1 minute"],
    [3_599_999, "1 heure", "1 hour"],
    [86_399_000, "23 heures et 59 minutes", "23 hours and 59 minutes"],
    [90_061_000, "1 jour et 1 heure", "1 day and 1 hour"],
  ])("%d ms", (ms, french, english) => {
    expect([plain(fr.duration(ms)), plain(en.duration(ms))]).toEqual([french, english]);
  });

  test("in the host's time zone, with the 24-hour clock", () => {
    const summer = Date.UTC(2026, 6, 1, 21, 5, 9);
    expect(fr.moment(summer)).toBe("1 juil. 2026, 23:05:09");
    expect(en.moment(summer)).toBe("1 Jul 2026, 21:05:09");
  });
});
