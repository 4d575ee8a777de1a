/** Policies that change while the bot runs: a set that holds takes force whole, any other is refused with file and line. */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { type PoliciesInForce, policiesInForce } from "../../src/authorisation/in-force.ts";
import { type LoadedPolicies, loadPolicies } from "../../src/authorisation/load.ts";
import type { Question } from "../../src/authorisation/port.ts";
import { watchFolder } from "../../src/authorisation/watch.ts";
import { printProblems } from "../../src/config/problem.ts";
import { policyTroubles } from "../../src/conversation/answers.ts";
import { say } from "../../src/languages/index.ts";
import { unpinned } from "../../src/people/trust.ts";
import { openStore } from "../../src/store/sqlite.ts";
import type { Store } from "../../src/store/store.ts";
import { testLog } from "../rig/logs.ts";

let folder = "";
let policies = "";
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "manchot-in-force-"));
  policies = join(folder, "policies");
  cpSync("policies", policies, { recursive: true });
  store = openStore(join(folder, "manchot.db"));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const given = {
  actions: commands.map(({ action }) => action),
  changes: commands.filter(({ kind }) => kind === "change").map(({ action }) => action),
};
const read = (): LoadedPolicies => loadPolicies(policies, given);

function inForce(lines: string[] = [], reading: () => LoadedPolicies = read): PoliciesInForce {
  const first = read();
  if (!first.ok) throw new Error(printProblems(first.problems));
  const log = testLog(lines);
  const journal = store.policyChanges;
  return policiesInForce({ folder: policies, first: first.policies, read: reading, journal, log, now: () => 5000 });
}

function change(file: string, edit: (text: string) => string): void {
  const path = join(policies, file);
  const before = readFileSync(path, "utf8");
  expect(edit(before)).not.toBe(before);
  writeFileSync(path, edit(before));
}
const append = (more: string) => (text: string) => `${text}${more}\n`;

const room = { network: "matrix", place: "!a", thread: "$1", direct: false, encrypted: false } as const;
const member = { id: "ines", name: "Inès", roles: ["member"], accounts: {} };
const hostAsked: Question = { person: member, action: "host.facts", resource: "host", venue: room, trust: unpinned };
const decideNow = (rules: PoliciesInForce, question = hostAsked) => rules.now().authorisation.decide(question);

/** Members may see how the host is, in one room: a rule, and the case that goes with it. No other case is touched. */
function letMembersSee(): void {
  change(
    "roles.cedar",
    append(
      '\n@id("members-see-host") @fr("Les membres voient l’hôte.") @en("Members see the host.")\npermit (principal in Role::"member", action == Action::"host.facts", resource)\nwhen { context.place == "!a" };',
    ),
  );
  change(
    "cases.yaml",
    append('- { who: member, on: matrix, place: "!a", may: host.facts, because: members-see-host }'),
  );
}

test("a set that holds takes force as a whole, and is kept with its difference, by whom, and both hashes", () => {
  const rules = inForce();
  const before = rules.now();
  expect(decideNow(rules).allowed).toBe(false);
  letMembersSee();
  expect(decideNow(rules).allowed).toBe(false);
  expect(rules.reload("signal")).toBe("taken");
  expect(decideNow(rules)).toEqual({ allowed: true, rules: ["members-see-host"] });
  // Whoever began under those of before ends under them.
  expect(before.authorisation.decide(hostAsked).allowed).toBe(false);

  const [newest, first, ...more] = store.policyChanges.list(9);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ at: 5000, cause: "start", oldHash: undefined, newHash: before.hash });
  expect(first?.files).toEqual(before.files);
  expect(newest).toMatchObject({ at: 5000, cause: "signal", oldHash: before.hash, newHash: rules.now().hash });
  expect(newest?.who).toBe(userInfo().uid === statSync(policies).uid ? userInfo().username : newest?.who);
  expect(newest?.difference).toMatch(/^--- cases\.yaml\n\+\+\+ cases\.yaml\n@@ -/);
  expect(newest?.difference).toContain(
    '\n+permit (principal in Role::"member", action == Action::"host.facts", resource)\n',
  );
  expect(newest?.difference).not.toContain("guards.cedar");
  expect(rules.reload("signal")).toBe("unchanged");
  expect(store.policyChanges.list(9).length).toBe(2);
});

test("what was changed while the bot was down is kept at its start; the same again is not", () => {
  inForce();
  inForce();
  expect(store.policyChanges.list(9).length).toBe(1);
  letMembersSee();
  inForce();
  const [newest] = store.policyChanges.list(9);
  expect(newest).toMatchObject({ cause: "start", difference: expect.stringContaining("+- { who: member, on: matrix") });
});

test.each<[string, string, (text: string) => string, RegExp]>([
  [
    "an unknown key in the cases",
    "cases.yaml",
    append("- { who: admin, on: matrix, mai: help }"),
    /cases\.yaml:\d+:29: unknown key `mai`/,
  ],
  [
    "a failing case",
    "cases.yaml",
    append("- { who: member, on: matrix, may: zfs.snapshot }"),
    /cases\.yaml:\d+:3: member on matrix, zfs\.snapshot: expected: may; the rules say: may not because of no-permit/,
  ],
  [
    "a command without an action",
    "schema.cedarschema",
    (text) => text.replace('"host.facts", "vm.list" in [facts]', '"vm.list" in [facts]'),
    /schema\.cedarschema:\d+:1: the action "host\.facts" of a command is not in the schema/,
  ],
  [
    "a type error",
    "guards.cedar",
    (text) => text.replace("&& !context.local", '&& context.local == "no"'),
    /guards\.cedar:\d+:\d+: .*(incompatible|not compatible|expected|equal)/,
  ],
  ["what does not parse", "roles.cedar", append("permit (principal"), /roles\.cedar:\d+:\d+: unexpected end of input/],
  ["a guard that is gone", "guards.cedar", () => "", /cases\.yaml:\d+:\d+: .*expected: may not because of fediverse-/],
])("start-up and reload refuse, with file and line: %s", (_, file, edit, expected) => {
  const lines: string[] = [];
  const rules = inForce(lines);
  const { hash } = rules.now();
  change(file, edit);
  // At the start …
  const start = read();
  expect(start.ok ? "" : printProblems(start.problems)).toMatch(expected);
  // … and while it runs.
  expect(rules.reload("files")).toBe("refused");
  expect(printProblems(rules.problems())).toMatch(expected);
  expect(lines.filter((line) => line.includes("ARE REFUSED") && expected.test(JSON.parse(line).problems)).length).toBe(
    1,
  );
  expect(rules.now().hash).toBe(hash);
  expect(decideNow(rules, { ...hostAsked, person: { ...member, roles: ["admin"] } }).allowed).toBe(true);
  expect(store.policyChanges.list(9).length).toBe(1);
  const [told = ""] = policyTroubles(rules.problems(), say("en"));
  const [first] = rules.problems();
  expect(told).toContain(`${basename(first?.file ?? "")}:${first?.line}: `);
  expect(told).toContain("NOT in force");
  expect(told).not.toContain(policies);

  // Mended, nothing is wrong any more, and nothing was changed.
  cpSync("policies", policies, { recursive: true });
  expect(rules.reload("files")).toBe("unchanged");
  expect(rules.problems()).toEqual([]);
});

test("where a change cannot be kept, it does not take force; the next reading takes it", () => {
  const rules = inForce();
  const { add } = store.policyChanges;
  letMembersSee();
  // A journal whose disk is full, once.
  const full = policiesInForce({
    folder: policies,
    first: rules.now(),
    read,
    log: testLog(),
    journal: {
      last: store.policyChanges.last,
      add: (one) => {
        if (isFull) throw new Error("database or disk is full");
        add(one);
      },
    },
  });
  let isFull = true;
  expect(full.reload("signal")).toBe("refused");
  expect(printProblems(full.problems())).toContain("could not be taken");
  expect(decideNow(full).allowed).toBe(false);
  isFull = false;
  expect(full.reload("signal")).toBe("taken");
  expect(full.problems()).toEqual([]);
  expect(decideNow(full).allowed).toBe(true);
});

test("a set that is still being written is neither taken nor refused", () => {
  let between = (): void => {};
  const rules = inForce([], () => {
    const loaded = read();
    between();
    return loaded;
  });
  letMembersSee();
  between = () => change("guards.cedar", append("// one more line"));
  expect(rules.reload("files")).toBe("unsettled");
  expect(decideNow(rules).allowed).toBe(false);
  between = () => {};
  expect(rules.reload("files")).toBe("taken");
  expect(decideNow(rules).allowed).toBe(true);
});

test("a rule that errors only at run time denies that request, and only that", () => {
  const rules = inForce();
  change("schema.cedarschema", (text) => text.replace("local: Bool,", "local: Bool,\n  n?: Long,"));
  change(
    "guards.cedar",
    append(
      '@id("overflow") @fr("x") @en("x")\nforbid (principal, action in Action::"facts", resource)\nwhen { (if context.place == "boom" then 9223372036854775807 else 1) + 1 == 3 || context.place == "never" };',
    ),
  );
  change("cases.yaml", append("- { who: admin, on: matrix, place: never, may-not: host.facts, because: overflow }"));
  expect(rules.reload("signal"), printProblems(rules.problems())).toBe("taken");
  const admin = { ...hostAsked, person: { ...member, roles: ["admin"] } };
  expect(decideNow(rules, admin).allowed).toBe(true);
  expect(decideNow(rules, { ...admin, venue: { ...room, place: "boom" } })).toMatchObject({
    allowed: false,
    rules: ["overflow"],
    reason: { fr: expect.stringContaining("n'ont pas pu être évaluées") },
  });
  expect(decideNow(rules, { ...admin, action: "zfs.snapshot", venue: { ...room, place: "boom" } }).allowed).toBe(true);
  expect(decideNow(rules, admin).allowed).toBe(true);
});

test("the kernel tells of changes: once for a burst, also for a folder that was replaced; and not after the end", async () => {
  let times = 0;
  const tell = (): void => {
    times += 1;
  };
  const watching = watchFolder(policies, tell, testLog());
  onTestFinished(() => watching.close());
  const quiet = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  for (let round = 0; round < 10; round += 1) {
    change("roles.cedar", append(`// ${round}`));
    await quiet(20);
  }
  await expect.poll(() => times, { timeout: 10_000 }).toBe(1);
  await quiet(1200);
  expect(times).toBe(1);

  renameSync(policies, `${policies}.old`);
  cpSync("policies", policies, { recursive: true });
  await expect.poll(() => times, { timeout: 10_000 }).toBe(2);
  change("guards.cedar", append("// in the new folder"));
  await expect.poll(() => times, { timeout: 10_000 }).toBe(3);
  watching.close();
  change("guards.cedar", append("// and after"));
  await quiet(1200);
  expect(times).toBe(3);
});

test("a link that is turned to another folder is seen, and so is a folder that was gone for a while", async () => {
  const [one, other] = [`${policies}.1`, `${policies}.2`];
  renameSync(policies, one);
  cpSync(one, other, { recursive: true });
  symlinkSync(one, policies);
  let times = 0;
  const watching = watchFolder(policies, () => void times++, testLog());
  onTestFinished(() => watching.close());
  symlinkSync(other, `${policies}.next`);
  renameSync(`${policies}.next`, policies);
  await expect.poll(() => times, { timeout: 10_000 }).toBe(1);
  change("guards.cedar", append("// where the link leads now"));
  await expect.poll(() => times, { timeout: 10_000 }).toBe(2);
  renameSync(policies, `${policies}.gone`);
  await expect.poll(() => times, { timeout: 10_000 }).toBe(3);
  renameSync(`${policies}.gone`, policies);
  await expect.poll(() => times, { timeout: 10_000 }).toBe(4);
  change("guards.cedar", append("// and is watched again"));
  await expect.poll(() => times, { timeout: 10_000 }).toBe(5);
});

test.each([
  ["a pipe", (file: string) => execFileSync("/usr/bin/mkfifo", [file]), "this is not a file"],
  ["a folder", (file: string) => mkdirSync(file), "this is not a file"],
  ["no end of it", (file: string) => symlinkSync("/dev/zero", file), "this is not a file"],
  ["too much", (file: string) => writeFileSync(file, "// all day long\n".repeat(20_000)), "too large"],
])("what could keep the bot from everything else is refused unread: %s", (_what, make, says) => {
  const rules = inForce();
  make(join(policies, "more.cedar"));
  expect(rules.reload("files")).toBe("refused");
  expect(printProblems(rules.problems())).toContain(says);
});
