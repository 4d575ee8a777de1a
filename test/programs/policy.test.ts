/** `manchot policy explain` as people call it: its words, in both languages, and its exit codes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { explainPolicy } from "../../src/programs/policy/explain.ts";
import { readGiven } from "../../src/programs/policy/given.ts";
import { startProgram } from "../rig/process.ts";

const folder = mkdtempSync(join(tmpdir(), "manchot-policy-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What it prints, without the line that names the policies. */
function explained(line: string, config = "manchot.example.yaml"): { code: number; lines: string[] } {
  const words = line.match(/'[^']*'|\S+/g) ?? [];
  const given = readGiven(["explain", "--config", config, ...words.map((word) => word.replace(/^'(.*)'$/, "$1"))]);
  if ("wrong" in given) return { code: 2, lines: [given.wrong] };
  if (given.verb !== "explain") throw new Error(line);
  const { code, text } = explainPolicy(given, "policies");
  return { code, lines: text.split("\n").filter((one) => !/^\((Policies|Règles) [0-9a-f]{12}[ ;]/.test(one)) };
}
const lineOf = (rule: string, file: string): string => {
  const before = readFileSync(join("policies", file), "utf8").split(`@id("${rule}")`)[0] ?? "";
  return `${rule} (policies/${file}:${before.split("\n").length})`;
};

test("permitted: the rule with file and line, its reason, the role that gave it, and what would shut it", () => {
  expect(explained("zelie snapshot web note 'avant l’été' --local")).toEqual({
    code: 0,
    lines: [
      'Permis : instantané web note "avant l’été"',
      "Qui : Zélie (zelie), rôles : admin",
      "Où : sur Matrix, là où d’autres peuvent aussi le lire, depuis un compte dont l’identité est épinglée",
      `Ce qui décide : ${lineOf("admins-change", "roles.cedar")}`,
      "Raison : Les admins peuvent demander des changements.",
      "Grâce au rôle : admin",
      "Ce serait refusé :",
      "  - sans le rôle admin : aucune règle",
      `  - avec chiffrement de bout en bout : ${lineOf("matrix-pinned-device-verified", "guards.cedar")}`,
    ],
  });
});

test("refused: the guard, and each single change that would open it", () => {
  expect(explained("zelie vm list --on fediverse --visibility unlisted --language en")).toEqual({
    code: 1,
    lines: [
      "Refused: vm list",
      "Who: Zélie (zelie), roles: admin",
      "Where: on the Fediverse, where others can read it, too, from an account of another server, in a post of the visibility “unlisted”",
      `Decided by: ${lineOf("fediverse-facts-direct", "guards.cedar")}`,
      "Reason: On the Fediverse I speak of the host in direct messages only. Ask again in private.",
      "It would be allowed:",
      `  - in a direct message: ${lineOf("admins-see", "roles.cedar")}`,
      `  - on Matrix: ${lineOf("admins-see", "roles.cedar")}`,
    ],
  });
  expect(explained("ines run #41 --language en").lines).toContain(
    `  - with the role admin: ${lineOf("admins-change", "roles.cedar")}`,
  );
  expect(explained("zelie snapshot web --on fediverse --direct --language en").lines).toContain(
    `  - from an account of our own server: ${lineOf("admins-change", "roles.cedar")}`,
  );
  expect(explained("stranger jobs --on fediverse --language en").lines.at(-1)).toBe(
    "No other role, and no other circumstance by itself, would change that.",
  );
  expect(explained("omar host --on fediverse --direct --language en")).toMatchObject({
    code: 1,
    lines: expect.arrayContaining([
      "Who: Omar (omar), of whom no account is pinned on the Fediverse: whoever writes there is a stranger to me.",
      `  - from a pinned account: ${lineOf("admins-see", "roles.cedar")}`,
    ]),
  });
});

test("identities: what manchot.yaml pins holds, and each single change that would open it is told", () => {
  const approve = "approve #41 123456 --language en";
  const verified = "encrypted, from a device that the pinned identity signed";
  expect(explained(`zelie ${approve}`)).toMatchObject({
    code: 1,
    lines: expect.arrayContaining([
      "Where: on Matrix, where others can read it, too, from an account whose identity is pinned",
      `Decided by: ${lineOf("matrix-pinned-decides-encrypted", "guards.cedar")}`,
      `  - from an account whose identity is not pinned: ${lineOf("admins-change", "roles.cedar")}`,
      `  - ${verified}: ${lineOf("admins-change", "roles.cedar")}`,
    ]),
  });
  expect(explained(`zelie ${approve} --encrypted`)).toMatchObject({
    code: 1,
    lines: expect.arrayContaining([
      `Decided by: ${lineOf("matrix-pinned-device-verified", "guards.cedar")}`,
      `  - ${verified}: ${lineOf("admins-change", "roles.cedar")}`,
    ]),
  });
  expect(explained(`zelie ${approve} --verified`).code).toBe(0);
  expect(explained(`omar ${approve}`).code).toBe(0);
  expect(explained(`omar ${approve} --pinned`).code).toBe(1);
});

test.each<[string, RegExp]>([
  ["zélie host", /Vouliez-vous dire zelie \? Il y a : zelie, omar, ines, stranger\./],
  ["@omar:banquise.exemple host", /Vouliez-vous dire omar \?/],
  ["strangr host --language en", /knows nobody by the id “strangr”\. Did you mean stranger\?/],
  ["zelie snapshoot web --language en", /I do not know “snapshoot web”\. Did you mean “snapshot”/],
  ["zelie snapshot --language en", /“target” is missing: one or more names.*\n.*\n.*Usage: snapshot <target…>/s],
  ["zelie 'snapshot \"web' --language en", /A quotation mark is opened and never closed/],
  ["zelie --language en -- snapshot web --on", /This command has no “--on”/],
  ["zelie host --on irc", /--on knows matrix, fediverse, terminal/],
  ["zelie host --on terminal --verified", /--pinned and --verified are of matrix alone/],
  ["zelie host --visibility public", /--visibility is of the fediverse alone/],
  ["zelie --direct", /wants a person and a command/],
  ["zelie host --language de", /--language knows fr, en/],
])("not understood, with what was meant: %s", (line, expected) => {
  const { code, lines } = explained(line);
  expect(code).toBe(2);
  expect(lines.join("\n")).toMatch(expected);
});

describe("options may stand anywhere, and what the shell took of quotes is given back", () => {
  test.each([
    [
      "--on terminal zelie --language en snapshot web --note 'it’s \"odd\"' recursive",
      'snapshot web note "it’s \\"odd\\"" recursive',
    ],
    ["zelie --language=en snapshot web 'note=a b'", 'snapshot web note "a b"'],
    ["zelie --language en 'snapshot web note \"a b\"'", 'snapshot web note "a b"'],
  ])("%s", (line, call) => {
    expect(explained(line)).toMatchObject({ code: 0, lines: expect.arrayContaining([`Allowed: ${call}`]) });
  });
});

test("every command's own example is understood, in both languages", () => {
  for (const { example } of commands)
    for (const words of Object.values(example))
      expect(explained(`zelie --verified ${words.replaceAll('"', "'")}`).code, words).toBe(0);
});

test("policies or a configuration that do not hold explain nothing", () => {
  const config = join(folder, "manchot.yaml");
  writeFileSync(config, readFileSync("manchot.example.yaml", "utf8").replace("roles: [admin]", "roles: [amdin]"));
  expect(explained("zelie host", config)).toMatchObject({
    code: 2,
    lines: [expect.stringMatching(/manchot\.yaml:\d+:\d+: `zelie` has a role/), expect.any(String)],
  });
});

test("as a program: exit codes 0, 1 and 2, without any token", async () => {
  const run = async (...words: string[]) => {
    const argv: [string, ...string[]] = [
      process.execPath,
      "src/main.ts",
      "policy",
      ...words,
      "--config",
      "manchot.example.yaml",
    ];
    const program = startProgram(argv, { MANCHOT_MATRIX_TOKEN: "", MANCHOT_FEDIVERSE_TOKEN: "" });
    return { code: await program.exited, text: program.lines.join("\n") };
  };
  expect(await run("explain", "zelie", "host")).toMatchObject({
    code: 0,
    text: expect.stringContaining("Permis : hôte"),
  });
  expect(await run("explain", "ines", "host")).toMatchObject({
    code: 1,
    text: expect.stringContaining("Refusé : hôte"),
  });
  expect(await run("explain", "nobody", "host")).toMatchObject({ code: 2 });
  expect(await run("explane")).toMatchObject({ code: 2, text: expect.stringContaining("it knows explain and log") });
});
