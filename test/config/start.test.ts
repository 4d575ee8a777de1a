import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, expect, test } from "vitest";
import { printProblems } from "../../src/config/problem.ts";
import { checkStart } from "../../src/config/start.ts";
import { unpinned } from "../../src/people/trust.ts";

const folder = mkdtempSync(join(tmpdir(), "manchot-start-"));
afterAll(() => rmSync(folder, { recursive: true }));
const key = join(folder, "bot_ed25519");
const config = join(folder, "manchot.yaml");
const privateKey = ssh2.utils.generateKeyPairSync("ed25519").private;
const commands = [{ action: "help" }, { action: "zfs.snapshot" }];

function start(edit: (text: string) => string = (text) => text, more: Partial<Parameters<typeof checkStart>[0]> = {}) {
  const example = readFileSync("manchot.example.yaml", "utf8").replace(
    "key: /etc/manchot/bot_ed25519",
    "key: bot_ed25519",
  );
  writeFileSync(config, edit(example));
  const env = { MANCHOT_MATRIX_TOKEN: "syt_hunter2hunter2", MANCHOT_FEDIVERSE_TOKEN: "hunter2hunter2" };
  return checkStart({ config, env, policies: "policies", commands, ...more });
}
const said = (result: ReturnType<typeof checkStart>): string =>
  result.ok ? "" : printProblems(result.problems).replaceAll(`${folder}/`, "");

test("a whole configuration gives people and policies that work together", () => {
  writeFileSync(key, privateKey, { mode: 0o600 });
  const result = start();
  if (!result.ok) throw new Error(printProblems(result.problems));
  const { people, policies } = result;
  const venue = { network: "matrix", place: "!a:b", thread: "$1", direct: false, encrypted: false } as const;
  const may = (account: string): boolean =>
    policies.authorisation.decide({
      person: people.byAccount("matrix", account),
      action: "zfs.snapshot",
      resource: "web",
      venue,
      trust: unpinned,
    }).allowed;
  expect(may("@zelie:banquise.example")).toBe(true);
  expect(may("@ines:banquise.example")).toBe(false);
  expect(may("@zelie:ailleurs.example.evil")).toBe(false);
});

test("the bot's key must be there, and its alone", () => {
  writeFileSync(key, privateKey, { mode: 0o600 });
  expect(said(start((text) => text.replace("key: bot_", "key: my_")))).toMatch(
    /^manchot\.yaml:\d+:12: the key my_ed25519 is not there\n {2}Make it: ssh-keygen/,
  );
  rmSync(key);
  writeFileSync(key, privateKey, { mode: 0o640 });
  expect(said(start())).toMatch(/^manchot\.yaml:\d+:12: others may read the key bot_ed25519\n {2}chmod 600 /);
  expect(said(start((text) => text.replace("key: bot_ed25519", "key: .")))).toContain("is not a file");
  rmSync(key);
});

test("roles must be those of the policies, and somebody must be admin", () => {
  writeFileSync(key, privateKey, { mode: 0o600 });
  expect(said(start((text) => text.replace("roles: [member]", "roles: [member, chief]")))).toMatch(
    /^manchot\.yaml:\d+:21: `ines` has a role that the policies do not know\n {2}Roles are: admin, member\./,
  );
  expect(said(start((text) => text.replaceAll("roles: [admin]", "roles: [member]")))).toContain(
    "nobody is admin\n  Give the role admin to at least one person: roles: [admin]",
  );
});

test("a command that changes something needs an action of the changes", () => {
  writeFileSync(key, privateKey, { mode: 0o600 });
  const as = (kind: string) => said(start(undefined, { commands: [{ action: "vm.list", kind }] }));
  expect(as("ask")).toBe("");
  expect(as("change")).toMatch(
    /"vm\.list" of a command that changes something is not in the group `change`\n {2}Declare/,
  );
});

test("problems of configuration, environment and policies are told together", () => {
  const text = said(
    start((one) => one.replace("language: fr", "langue: fr"), { env: {}, commands: [{ action: "vm.fly" }] }),
  );
  expect(text).toContain("unknown key `langue`");
  expect(text).toContain("the Matrix access token is not set");
  expect(text).toContain('the action "vm.fly" of a command is not in the schema');
});
