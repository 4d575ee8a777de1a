import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { milliseconds } from "../../src/config/duration.ts";
import { loadConfig } from "../../src/config/load.ts";
import { printProblems } from "../../src/config/problem.ts";

const folder = mkdtempSync(join(tmpdir(), "manchot-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const example = "manchot.example.yaml";
const token = "syt_bWFuY2hvdA_hunter2hunter2";
const fediverseToken = "SFMyNTY_hunter2hunter2-fediverse";
const env = { MANCHOT_MATRIX_TOKEN: token, MANCHOT_FEDIVERSE_TOKEN: fediverseToken };

/** The example with some of its text replaced, loaded; every replacement must have found something to replace. */
function withChanges(...changes: readonly (readonly [string | RegExp, string])[]) {
  let text = readFileSync(example, "utf8");
  for (const [from, to] of changes) {
    const next = text.replace(from, to);
    expect(next, String(from)).not.toBe(text);
    text = next;
  }
  return load(text);
}

function load(text: string, environment: Record<string, string> = env) {
  const file = join(folder, "manchot.yaml");
  writeFileSync(file, text);
  return loadConfig(file, environment);
}

/** What is printed, with `manchot.yaml` for the file. */
function printed(loaded: ReturnType<typeof loadConfig>): string {
  return loaded.ok ? "" : printProblems(loaded.problems).replaceAll(join(folder, "manchot.yaml"), "manchot.yaml");
}

test("the example loads as it stands", () => {
  const loaded = loadConfig(example, env);
  if (!loaded.ok) throw new Error(printProblems(loaded.problems));
  const { config } = loaded;
  expect(config.ageMs).toBe(600_000);
  expect(config.people.map((person) => person.id)).toEqual(["zelie", "omar", "ines"]);
  expect(config.hypervisors[0]?.ssh).toMatchObject({ port: 22, user: "manchot-bot" });
  expect(config.matrix?.token.reveal()).toBe(token);
  expect(config.fediverse?.token.reveal()).toBe(fediverseToken);
});

test("what may be left out has the default that the example tells", () => {
  const optional =
    /^(language|timezone|age|state|\s+port|\s+user: manchot-bot|\s+inviters|\s+remote|\s+forgeable).*\n/gm;
  const text = readFileSync(example, "utf8")
    .replace(/^ {4}- "@zelie.*\n/m, "")
    .replace(optional, "");
  const loaded = load(text);
  if (!loaded.ok) throw new Error(printed(loaded));
  const { config } = loaded;
  expect(config).toMatchObject({
    language: "fr",
    timezone: "Europe/Paris",
    ageMs: 600_000,
    state: join(folder, "state"),
  });
  expect(config.hypervisors[0]?.ssh).toMatchObject({ port: 22, user: "manchot-bot" });
  expect(config.matrix?.inviters).toEqual([]);
  expect(config.fediverse).toMatchObject({ remote: false, forgeable: false });
});

test("several problems are told at once, each with its place and mend", () => {
  const loaded = withChanges(
    ["timezone: Europe/Paris", "timezone: Europe/Pariss"],
    ["language: fr", "langage: fr"],
    ["port: 22", "port: 99999"],
    ["address: 192.0.2.10", "adress: 192.0.2.10"],
    ["roles: [member]", "roles: []"],
  );
  const lines = readFileSync(example, "utf8").split("\n");
  const line = (start: string) => lines.findIndex((one) => one.trim().startsWith(start)) + 1;
  const text = printed(loaded);
  expect(text).toContain(
    `manchot.yaml:${line("language: fr")}:1: unknown key \`langage\`\n  Did you mean \`language\`?`,
  );
  expect(text).toContain(`manchot.yaml:${line("timezone:")}:11: \`timezone\` is not a time zone`);
  expect(text).toContain(`manchot.yaml:${line("address:")}:7: unknown key \`adress\`\n  Did you mean \`address\`?`);
  expect(text).toContain("`hypervisors[1].ssh.address` is missing\n  Write for example: address: 192.0.2.10");
  expect(text).toContain(`manchot.yaml:${line("port:")}:13: \`hypervisors[1].ssh.port\` is too big: at most 65535`);
  expect(text).toContain("`people[3].roles` is too small: at least 1\n  Write for example: roles: [admin]");
});

test("an unknown key is refused at every depth", () => {
  const at = (indent: string, key: string): [RegExp, string] => [
    new RegExp(`^${indent}${key}`, "m"),
    `${indent}zzz: 1\n${indent}${key}`,
  ];
  for (const place of [
    at("", "name"),
    at("    ", "ssh:"),
    at("      ", "address"),
    at("  ", "homeserver"),
    at("  ", "server"),
    at("    ", "accounts"),
    at("      ", "matrix:"),
  ]) {
    expect(printed(withChanges(place)), String(place[0])).toMatch(/manchot\.yaml:\d+:\d+: unknown key `zzz`/);
  }
});

test.each<[string, readonly (readonly [string | RegExp, string])[], string]>([
  [
    "two hypervisors",
    [
      [
        "matrix:\n  #",
        "  - { name: b, ssh: { address: b, key: k, hostKey: 'SHA256:0000000000000000000000000000000000000000000' } }\nmatrix:\n  #",
      ],
    ],
    "holds several hypervisors, and so far the bot serves one",
  ],
  [
    "one account of two persons",
    [["@omar:banquise.example", "@zelie:ailleurs.example"]],
    "`people[2].accounts.matrix[1]` is already of `zelie`",
  ],
  [
    "a pin that is none",
    [["ed25519:Q3Jv", "ed25519:=Q3Jv"]],
    "`people[1].accounts.matrix[1]` is not a Matrix account: it has a key that is not 32 bytes in base64 without padding\n  Copy the line that the bot's `whoami` shows in an encrypted room",
  ],
  [
    "the bot's own account, with a pin",
    [["@zelie:banquise.example ed25519", "@manchot:banquise.example ed25519"]],
    "is the bot's own account",
  ],
  ["one id twice", [["id: omar", "id: zelie"]], "`people[2].id` is twice"],
  ["the bot's own account", [["@omar:banquise.example", "@manchot:banquise.example"]], "is the bot's own account"],
  ["a person called stranger", [["id: omar", "id: stranger"]], "cannot be `stranger`"],
  ["the role stranger", [["roles: [member]", "roles: [stranger]"]], "cannot hold `stranger`"],
  ["a look-alike account", [["@omar:banquise", "@оmar:banquise"]], "`people[2].accounts.matrix[1]` is not a Matrix ID"],
  [
    "a name that hides something",
    [["name: Omar", 'name: "Omar\u202e"']],
    "`people[2].name` is not written as it should be",
  ],
  ["a short fingerprint", [["OwnHost", "OwnHos"]], "`hypervisors[1].ssh.hostKey` is not a host key"],
  [
    "a mangled public key",
    [[/hostKey: .*/, "hostKey: ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAAB"]],
    "`hypervisors[1].ssh.hostKey` is not a host key",
  ],
  [
    "a homeserver in clear",
    [["https://matrix", "http://matrix"]],
    "`matrix.homeserver` is not the address of a homeserver",
  ],
  [
    "a homeserver with a password",
    [["https://matrix", "https://me:pw@matrix"]],
    "`matrix.homeserver` is not the address of a homeserver",
  ],
  ["an age without a unit", [["age: 10 min", "age: 10"]], "`age` must be text"],
  ["an age of a week", [["age: 10 min", "age: 168 h"]], "`age` is out of bounds"],
  [
    "an address that is an option",
    [["address: 192.0.2.10", "address: -oProxyCommand=x"]],
    "`hypervisors[1].ssh.address` is not written as it should be",
  ],
  ["a key twice", [["language: fr", "language: fr\nlanguage: en"]], "this key stands twice"],
  [
    "an alias",
    [
      ["name: Omar", "name: &x Omar"],
      ["name: Inès", "name: *x"],
    ],
    "an alias (*) stands here",
  ],
])("refused, with its place: %s", (_, changes, message) => {
  const text = printed(withChanges(...changes));
  expect(text).toContain(message);
  expect(text).toMatch(/^manchot\.yaml:\d+:\d+: .*\n {2}\S/);
});

test("a whole public key is a host key too, and http to this machine is fine", () => {
  const blob = Buffer.concat([Buffer.from([0, 0, 0, 11]), Buffer.from("ssh-ed25519"), Buffer.alloc(36, 1)]).toString(
    "base64",
  );
  expect(printed(withChanges([/hostKey: .*/, `hostKey: ssh-ed25519 ${blob} root@iceberg`]))).toBe("");
  const longer = blob.replace(/^AAAAC/, "AAAAB");
  expect(printed(withChanges([/hostKey: .*/, `hostKey: ssh-ed25519 ${longer}`]))).toContain("is not a host key");
  const loaded = withChanges(["https://matrix.banquise.example", "http://127.0.0.1:8008"]);
  expect(loaded.ok && loaded.config.matrix?.homeserver).toBe("http://127.0.0.1:8008");
});

test("secrets in the file are refused, and never repeated", () => {
  const key = "-----BEGIN OPENSSH PRIVATE KEY-----";
  const loaded = withChanges(
    [/^ {2}user: "@manchot.*/m, `  user: "@manchot:banquise.example"\n  accessToken: ${token}\n  ${token}: 1`],
    ["key: /etc/manchot/bot_ed25519", `key: "${key}"`],
    ["language: fr", `password: ${token}`],
    ["id: omar", `id: ${token}`],
    ["name: La Banquise", `name: [${token}]`],
  );
  const text = printed(loaded);
  expect(text.match(/looks like a secret.*\n.*environment/g)).toHaveLength(3);
  expect(text).toContain("must be the path of a file, not a key itself");
  expect(text).not.toContain("syt_");
  expect(text).not.toContain("BEGIN");
});

test("broken YAML is told with its place, and never quoted", () => {
  for (const text of [
    `a: [${token}`,
    `a: 1\n${token}\nb: 2`,
    `\t- ${token}`,
    `a: !${token} 1`,
    `a: "${token}`,
    `a: *${token}`,
    `%${token}\n---\na: 1`,
    `- ${token}: x: y`,
  ]) {
    const said = printed(load(text));
    expect(said, text).toMatch(/^manchot\.yaml:\d+:\d+: .*\n {2}\S/);
    expect(said, text).not.toContain(token);
  }
});

test("no text makes it throw, and none repeats what it reads", () => {
  const pieces = fc.constantFrom(
    "a:",
    "name:",
    " ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "'",
    '"',
    "&x",
    "*x",
    "!",
    "%",
    "|",
    ">",
    "?",
    "---",
    "…",
    "\u0000",
    "people:",
    "SECRETSECRET",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (words) => {
      const loaded = load(words.join(""));
      expect(loaded.ok).toBe(false);
      expect(printed(loaded)).not.toContain("SECRETSECRET");
    }),
    { numRuns: 300 },
  );
});

test.each([
  ["matrix", "MANCHOT_MATRIX_TOKEN", "Matrix", { MANCHOT_FEDIVERSE_TOKEN: fediverseToken }],
  ["fediverse", "MANCHOT_FEDIVERSE_TOKEN", "Fediverse", { MANCHOT_MATRIX_TOKEN: token }],
] as const)("the token for %s comes from a file that not everybody may read", (network, variable, called, others) => {
  const file = join(folder, `${network}-token`);
  const said = (environment: Record<string, string>) =>
    printed(load(readFileSync(example, "utf8"), { ...others, ...environment }));
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  const loaded = load(readFileSync(example, "utf8"), { ...others, [`${variable}_FILE`]: file });
  expect(loaded.ok && loaded.config[network]?.token.reveal()).toBe(token);

  chmodSync(file, 0o644);
  expect(said({ [`${variable}_FILE`]: file })).toMatch(/everybody .* may read.*\n {2}chmod o= /);
  expect(said({ [`${variable}_FILE`]: `${file}x` })).toMatch(/cannot be read \(ENOENT\)/);
  expect(said({ [`${variable}_FILE`]: file, [variable]: token })).toContain(
    `${variable} and ${variable}_FILE are both`,
  );
  expect(said({})).toContain(`the ${called} access token is not set\n  Set ${variable}, or ${variable}_FILE`);
  const odd = said({ [variable]: `"${token}" x` });
  expect(odd).toContain(`${variable} does not hold an access token`);
  expect(odd).not.toContain(token);
  const misspelt = said({ [variable]: token, [variable.replace("TOKEN", "TOKN")]: "x" });
  expect(misspelt).toContain(`Did you mean ${variable}?`);
});

const matrixBlock = /^matrix:\n(?: .*\n)+/m;
const fediverseBlock = /^fediverse:\n(?: .*\n)+/m;

test("one network is enough, and only its token is wanted; none is refused", () => {
  const text = readFileSync(example, "utf8");
  const onMatrix = load(text.replace(fediverseBlock, ""), { MANCHOT_MATRIX_TOKEN: token });
  expect(onMatrix.ok && onMatrix.config.matrix?.token.reveal()).toBe(token);
  expect(onMatrix.ok && onMatrix.config.fediverse).toBeUndefined();
  const onFediverse = load(text.replace(matrixBlock, ""), { MANCHOT_FEDIVERSE_TOKEN: fediverseToken });
  expect(onFediverse.ok && onFediverse.config.fediverse).toMatchObject({
    server: "https://social.banquise.example",
    user: "@manchot@social.banquise.example",
    remote: false,
    forgeable: false,
  });
  expect(onFediverse.ok && onFediverse.config.fediverse?.token.reveal()).toBe(fediverseToken);
  expect(onFediverse.ok && onFediverse.config.matrix).toBeUndefined();
  expect(printed(load(text.replace(fediverseBlock, "").replace(matrixBlock, ""), {}))).toMatch(
    /^manchot\.yaml:\d+:\d+: the file names no network to listen on\n {2}Write the group `matrix:`, `fediverse:`/,
  );
});

const pinned = "https://social.banquise.example BChy9ZMaVg8Vx8tmTI https://social.banquise.example/users/zelie";
const remote = "https://social.banquise.example AbC https://ailleurs.example/users/zelie";

test.each<[string, readonly (readonly [string | RegExp, string])[], string]>([
  ["a handle for an account", [[pinned, "@zelie@social.banquise.example"]], "it is a handle, and handles can change"],
  [
    "an account of another server",
    [[pinned, remote]],
    "`people[1].accounts.fediverse[1]` is an account of another server\n  Its server could speak in its name. Remove it; or write `remote: true`",
  ],
  [
    "an account as another server knows it, remote or not",
    [
      [pinned, "https://ailleurs.example 7 https://social.banquise.example/users/zelie"],
      ["remote: false", "remote: true"],
    ],
    "is pinned as another server than `fediverse.server` knows it\n  An account is pinned as https://social.banquise.example knows it",
  ],
  [
    "the bot's own account",
    [[pinned, pinned.replace("users/zelie", "users/manchot")]],
    "`people[1].accounts.fediverse[1]` is the bot's own account",
  ],
  [
    "a server in clear",
    [["server: https://social", "server: http://social"]],
    "`fediverse.server` is not the address of a server",
  ],
  [
    "a server with a path",
    [["server: https://social.banquise.example", "server: https://a.example/x"]],
    "is not the addr",
  ],
  ["a server's name alone", [["server: https://social", "server: social"]], "Write https:// and the server's name"],
  [
    "half a handle",
    [['user: "@manchot@social.banquise.example"', "user: manchot"]],
    "`fediverse.user` is not a full handle",
  ],
  ["remote that is no word of YAML", [["remote: false", "remote: nein"]], "`fediverse.remote` must be true or false"],
])("refused on the Fediverse, with its place: %s", (_, changes, message) => {
  const text = printed(withChanges(...changes));
  expect(text).toContain(message);
  expect(text).toMatch(/^manchot\.yaml:\d+:\d+: .*\n {2}\S/);
});

test("accounts of other servers are taken where the configuration says so; in a trial on this machine names are made up", () => {
  expect(printed(withChanges([pinned, remote], ["remote: false", "remote: true"]))).toBe("");
  // A namesake of the bot elsewhere is not the bot.
  expect(printed(withChanges([pinned, remote.replace("zelie", "manchot")], ["remote: false", "remote: true"]))).toBe(
    "",
  );
  // The lab: the API at a port of this machine, actors at made-up names over http.
  const lab = (account: string) =>
    printed(
      withChanges(
        ["server: https://social.banquise.example", "server: http://127.0.0.1:4000"],
        ["@manchot@social.banquise.example", "@bot@ops.test"],
        [pinned, account],
      ),
    );
  expect(lab("http://127.0.0.1:4000 1f http://ops.test/zelie")).toBe("");
  expect(lab("http://127.0.0.1:4000 1f http://127.0.0.1:4000/users/zelie")).toBe("");
  expect(lab("http://127.0.0.1:4000 1f http://peer.test/zelie")).toContain("is an account of another server");
  expect(lab("http://127.0.0.1:4000 1f http://ops.test/bot")).toContain("is the bot's own account");
  expect(lab(`${pinned}2`)).toContain("is pinned as another server");
});

test("printed, inspected, copied or turned to JSON, the configuration does not show the token", () => {
  const loaded = load(readFileSync(example, "utf8"));
  if (!loaded.ok) throw new Error(printed(loaded));
  const { config } = loaded;
  const shown = [
    JSON.stringify(config),
    inspect(config, { depth: 9, showHidden: true, customInspect: true }),
    inspect(config, { depth: 9, showHidden: true, customInspect: false, getters: true }),
    `${config.matrix?.token} ${config.fediverse?.token}`,
    JSON.stringify({ ...config.matrix?.token, ...config.fediverse?.token }),
    JSON.stringify(structuredClone({ ...config.matrix?.token, ...config.fediverse?.token })),
    String([...Object.values(config.matrix ?? {}), ...Object.values(config.fediverse ?? {})]),
  ];
  for (const text of shown) expect(text).not.toContain("hunter2");
});

test("a file that is not there is told with its mend", () => {
  const loaded = loadConfig(join(folder, "nowhere.yaml"), env);
  expect(loaded.ok ? "" : printProblems(loaded.problems)).toMatch(
    /nowhere\.yaml: this file is not there\n {2}Copy manchot\.example\.yaml/,
  );
});

test("every variable is explained in .env.example, and no other", async () => {
  const { variables } = await import("../../src/config/environment.ts");
  const named = readFileSync(".env.example", "utf8").match(/^[A-Z_]+(?==)/gm);
  expect(named).toEqual([...variables]);
});

test("durations", () => {
  expect(["90 s", "90s", "10 min", "2 h"].map(milliseconds)).toEqual([90_000, 90_000, 600_000, 7_200_000]);
  expect(["", "10", "min", "10 m", "1e3 s", "-1 s", "1.5 h", "10  min", "10 min "].map(milliseconds)).toEqual(
    Array(9).fill(undefined),
  );
});
