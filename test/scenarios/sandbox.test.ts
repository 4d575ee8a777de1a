/** Whole conversations through the sandbox, from a pipe, as a newcomer would hold them; kept as transcripts to be read. */
import { readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { expect, it } from "vitest";
import { readPicture } from "../../src/executor/host/png.ts";
import { startProgram } from "../rig/process.ts";

const conversations = {
  "first-light.fr": {
    LANG: "fr_FR.UTF-8",
    lines: ["hôte", "vm liste", 'instantané web note "avant mise à jour"', "snapsot web", "instantané", "travaux"],
  },
  "first-light.en": {
    LANG: "en_GB.UTF-8",
    lines: ["host", "vm info web", "snapshot tank/production recursive", "snapshot nowhere", "jobs", "help snapshot"],
  },
  "who-may-what.fr": {
    LANG: "fr_FR.UTF-8",
    lines: [
      "/as camille",
      "aide",
      "instantané web",
      "vm liste",
      "qui-suis-je",
      "/as inconnue",
      "vm liste",
      "qui-suis-je",
      "aide",
    ],
  },
  "vms.en": {
    LANG: "en_GB.UTF-8",
    lines: [
      "vm stop web within 5s",
      "vm stop web within 5min",
      "jobs waiting",
      "vm start web",
      "vm autostart web on",
      "snapshot sql tank/mail",
      "/as camille",
      "vm stop web",
    ],
  },
  "late.en": {
    LANG: "en_GB.UTF-8",
    lines: ["/late 20", "snapshot web", "/as zelie", "run 1", "/as omar", "run 1", "run 1", "/late 20", "vm list"],
  },
  "approvals.fr": {
    LANG: "fr_FR.UTF-8",
    lines: [
      "pause",
      "reprendre",
      "/as camille",
      "/sign 2",
      "/as omar",
      "/sign 2",
      "travaux",
      "/sign 2",
      "/sign 9",
      "/help",
    ],
  },
  "encrypted.en": {
    LANG: "en_GB.UTF-8",
    lines: [
      "/on matrix encrypted",
      "whoami",
      "vm stop audio",
      "/code 2",
      "approve 2 123456",
      "/as zelie",
      "/on matrix encrypted unverified",
      "whoami",
      "vm start audio",
      "/on matrix",
      "resume",
      "vm restart web",
      "/as omar",
      "/code 8",
      "/on fediverse encrypted",
    ],
  },
  "approvals.en": {
    LANG: "en_GB.UTF-8",
    lines: ["pause", "resume", "/sign 2", "snapshot web", "jobs"],
  },
} as const;

async function converse(lang: string, lines: readonly string[]): Promise<string> {
  const program = startProgram([process.execPath, "src/main.ts", "sandbox"], {
    LANG: lang,
    LC_ALL: lang,
    TZ: "Europe/Paris",
  });
  program.write(`${lines.join("\n")}\n`);
  program.endInput();
  expect(await program.exited).toBe(0);
  return `${program.lines.join("\n")}\n`;
}

it.each(Object.keys(conversations) as (keyof typeof conversations)[])("%s", async (name) => {
  const { LANG, lines } = conversations[name];
  await expect(steady(await converse(LANG, lines))).toMatchFileSnapshot(`transcripts/${name}.txt`);
});

it("tells the whole story of a change", async () => {
  const told = await converse("en_GB.UTF-8", ['snapshot web note "before the upgrade"', "why 1"]);
  const snapshot = /tank\/production\/web@manchot_add_\S+/.exec(told)?.[0] ?? "none";
  const story = told.slice(told.indexOf("omar: why 1")).replaceAll("\n", " ");
  for (const part of [
    "omar",
    "admins-change",
    "Manchot plan 1",
    "/usr/sbin/zfs snapshot",
    snapshot,
    "before the upgrade",
  ]) {
    expect(story).toContain(part);
  }
});

it("shows a long answer by the page, and loses none of it", async () => {
  const told = await converse("en_GB.UTF-8", [
    ...Array.from({ length: 5 }, () => "snapshot web"),
    "snapshots web",
    "more",
    "more",
  ]);
  const [, listed = "", rest = "", nothing = ""] = told.split(/omar: (?:snapshots web|more)\n/);
  const names = (text: string): string[] => text.match(/tank\/production\/web(-data)?@\S+/g) ?? [];
  expect(names(listed).length).toBe(20);
  expect(names(rest).length).toBe(4);
  expect(new Set([...names(listed), ...names(rest)]).size).toBe(24);
  expect(names(nothing)).toEqual([]);
});

it("shows a screen: a file that outlives the run, with the picture that the words are about", async () => {
  const told = await converse("en_GB.UTF-8", ["vm screenshot web", "/as camille", "vm screenshot web"]);
  const file = /The picture is in the file (\S+)/.exec(told)?.[1] ?? "none";
  const png = readFileSync(file);
  rmSync(dirname(file), { recursive: true });
  expect(readPicture(png)).toMatchObject({ width: expect.any(Number) });
  expect(told).toContain(`, ${png.readUInt32BE(16)} × ${png.readUInt32BE(20)} pixels.`);
  // Not for members.
  expect(told.match(/The picture is in/g)?.length).toBe(1);
});

it("says when the executor cannot be reached, and goes on when it can be again", async () => {
  const told = await converse("en_GB.UTF-8", ["/break ssh", "vm list", "/mend ssh", "vm list"]);
  const [, broken = "", mended = ""] = told.split("omar: vm list\n");
  expect(broken).not.toContain("proxy");
  expect(mended).toContain("proxy");
});

it("exits with 1 and says how to mend it, where it cannot start", async () => {
  const program = startProgram([process.execPath, "src/main.ts", "sandbox", "--policies", "test/scenarios"]);
  program.endInput();
  expect(await program.exited).toBe(1);
  expect(program.lines.join("\n")).toContain("test/scenarios");
});

/** Times, ids and the widths of columns differ from run to run. */
function steady(text: string): string {
  return (
    text
      .replace(/\d{8}T\d{6}Z_[0-9a-f]{8}/g, "<time>_<op>")
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<uuid>")
      // A line may be broken within a moment, where the date's length lets it.
      .replace(/\b\d{1,2}\s\S{3,5}\s20\d\d,\s\d\d:\d\d:\d\d/g, "<moment>")
      .replace(/it lapses\son\s[^.]*\./g, "it lapses on <moment>.")
      .replace(/\b20\d\d-\d\d-\d\dT[\d:]+Z/g, "<moment>")
      .replace(/\b[0-9a-f]{32}\b/g, "<nonce>")
      .replace(/ {2,}/g, "  ")
  );
}
