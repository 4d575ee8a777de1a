import { describe, expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { wrongAnswer } from "../../src/conversation/answers.ts";
import { parse } from "../../src/conversation/parse.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { contextFor } from "../../src/languages/index.ts";
import { everyKind } from "./arbitraries.ts";

const all = [...commands, everyKind];

function read(text: string): unknown {
  const parsed = parse(text, all);
  if (parsed.kind === "command") return [parsed.command.name, parsed.given];
  if (parsed.kind === "wrong")
    return [parsed.command.name, parsed.problem.what, parsed.problem.argument?.key, parsed.problem.word];
  return parsed;
}

test.each([
  ["snapshot web", "snapshot", { targets: ["web"] }],
  ["instantané web", "snapshot", { targets: ["web"] }],
  ["INSTANTANE web", "snapshot", { targets: ["web"] }],
  ["snap web sql, tank/mail", "snapshot", { targets: ["web", "sql", "tank/mail"] }],
  ["snap web web", "snapshot", { targets: ["web"] }],
  ['snapshot web note "avant mise à jour"', "snapshot", { targets: ["web"], note: "avant mise à jour" }],
  ["snapshot web note avant mise à jour", "snapshot", { targets: ["web"], note: "avant mise à jour" }],
  ["snapshot web note=avant", "snapshot", { targets: ["web"], note: "avant" }],
  ['snapshot web --note="avant la" récursive', "snapshot", { targets: ["web"], note: "avant la", recursive: true }],
  ["snapshot —recursive web", "snapshot", { targets: ["web"], recursive: true }],
  ['snapshot "note"', "snapshot", { targets: ["note"] }],
  ['snapshot "a=b" c=d', "snapshot", { targets: ["a=b", "c=d"] }],
  ["vm list", "vm list", {}],
  ["VM liste", "vm list", {}],
  ["vm info 1", "vm info", { vm: "1" }],
  ["why #41", "why", { request: 41 }],
  ["pourquoi n°41", "why", { request: 41 }],
  ["why 41", "why", { request: 41 }],
  ["aide vm info", "help", { command: "vm info" }],
  ["try out web keep 7d", "try out", { target: "web", keep: 604_800_000 }],
  ["try out web keep=7j", "try out", { target: "web", keep: 604_800_000 }],
  ["try out web --keep 2 h taille 5 Go", "try out", { target: "web", keep: 7_200_000, room: 5e9 }],
  [
    "essayer web garder 1h30m size=5GiB tout",
    "try out",
    { target: "web", keep: 5_400_000, room: 5 * 2 ** 30, all: true },
  ],
  [
    "try out web fréquence jamais après #7 and so on",
    "try out",
    { target: "web", often: "never", after: 7, said: "and so on" },
  ],
])("%j", (text, name, given) => {
  expect(read(text)).toEqual([name, given]);
});

describe("what is wrong is told", () => {
  test.each([
    ["snapshot", ["snapshot", "missing", "targets", undefined]],
    ["snapshot web note", ["snapshot", "without-value", "note", "note"]],
    ["snapshot web note=", ["snapshot", "without-value", "note", "note="]],
    ['snapshot web note ""', ["snapshot", "not-one", "note", ""]],
    ["snapshot web note a note b", ["snapshot", "quote-it", "note", "note"]],
    ['snapshot web note "a" note "b"', ["snapshot", "twice", "note", "note"]],
    ["snapshot web note a récursif", ["snapshot", "quote-it", "note", "récursif"]],
    ["snapshot web recursive=yes", ["snapshot", "too-many", "recursive", "recursive=yes"]],
    ["snapshot web --force", ["snapshot", "unknown-option", undefined, "--force"]],
    // A name may not begin with a hyphen, in quotes or not.
    ['snapshot "--note"', ["snapshot", "not-one", "targets", "--note"]],
    ["snapshot -rf", ["snapshot", "not-one", "targets", "-rf"]],
    ["vm list now", ["vm list", "too-many", undefined, "now"]],
    ["why forty", ["why", "not-one", "request", "forty"]],
    ["why 0", ["why", "not-one", "request", "0"]],
    ["why 1e3", ["why", "not-one", "request", "1e3"]],
    ["try out web keep soon", ["try out", "not-one", "keep", "soon"]],
    ["try out web size 5", ["try out", "not-one", "room", "5"]],
  ])("%j", (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  test("with what was understood and one right example, in both languages", () => {
    const wrong = parse("snapshot web --force", commands);
    if (wrong.kind !== "wrong") throw new Error(wrong.kind);
    const told = (["en", "fr"] as const).map((language) =>
      plain(wrongAnswer(wrong, contextFor({ request: 1, language, timezone: "UTC" }))).split("\n"),
    );
    expect(told).toEqual([
      [
        "⚠ This command has no “--force”.",
        "I understood: snapshot web. Nothing was done.",
        "Usage: snapshot <target…> [note <…>] [recursive]",
        'For instance: snapshot web note "before the upgrade"',
      ],
      [
        "⚠ Cette commande n’a pas de « --force ».",
        "J’ai compris : instantané web. Rien n’a été fait.",
        "Emploi : instantané <cible…> [note <…>] [récursif]",
        'Par exemple : instantané web note "avant mise à jour"',
      ],
    ]);
  });
});

test("a command's name in quotes calls nothing", () => {
  expect(read('"snapshot" web')).toEqual({ kind: "unknown", words: ["snapshot", "web"] });
});

test.each(["", "   ", "\u200b", "\n\n"])("%j is empty", (text) => {
  expect(read(text)).toEqual({ kind: "empty" });
});
