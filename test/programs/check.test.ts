/** `manchot check`: what would fail at `serve`, with its mend; over real files, a real sshd and the executor's own daemon. */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../src/store/sqlite.ts";
import { missing } from "../hypervisor/sshd.ts";
import { edit, type SmallLive, startSmallLive } from "../rig/small-live.ts";

const where = `manchot check${missing === undefined ? "" : ` (skipped: ${missing})`}`;

// Each program that is started takes its seconds on a busy machine.
describe.skipIf(missing !== undefined)(where, { timeout: 240_000 }, () => {
  let live: SmallLive;
  let token = "";
  beforeAll(async () => {
    live = await startSmallLive();
    token = live.pleroma.user("manchot").token;
  });
  afterAll(async () => await live.stop());
  afterEach(() => {
    live.configure();
    live.env.MANCHOT_FEDIVERSE_TOKEN = token;
    rmSync(live.policies, { recursive: true });
    cpSync("policies", live.policies, { recursive: true });
    rmSync(join(live.folder, "state"), { recursive: true, force: true });
  });

  /** Its findings: each line, and what follows below it. */
  async function check(): Promise<{ code: number | null; findings: string[]; text: string }> {
    const { code, text } = await live.said("check", "--policies", live.policies);
    expect(text).not.toContain(live.env.MANCHOT_FEDIVERSE_TOKEN);
    return { code, text, findings: text.split(/\n(?! )/).filter((one) => /^(ok|note|FAILS) /.test(one)) };
  }
  const failing = (findings: readonly string[]): readonly string[] =>
    findings.filter((one) => one.startsWith("FAILS")).map((one) => one.replaceAll(`${live.folder}/`, ""));

  /** Every file with its time and mode. */
  const everything = (): string[] =>
    readdirSync(live.folder, { recursive: true, encoding: "utf8" })
      .filter((name) => !/^(executor|hypervisor)/.test(name))
      .map((name) => {
        const { mtimeMs, mode, size } = statSync(join(live.folder, name));
        return `${name} ${mtimeMs} ${mode} ${size}`;
      });

  test("where all is well it says so, of each thing, and leaves no trace", async () => {
    const before = everything();
    const { code, findings, text } = await check();
    expect(code, text).toBe(0);
    expect(failing(findings)).toEqual([]);
    for (const what of [
      "configuration, people and secrets",
      "policies and their ",
      "the bot's key",
      "the folder of the records",
      "the time zone, Europe/Paris",
      "the Fediverse: the token is that of @manchot@127.0.0.1",
      "the executor on iceberg answers",
    ])
      expect(
        findings.filter((one) => one.startsWith(`ok     ${what}`)),
        text,
      ).toHaveLength(1);
    expect(everything()).toEqual(before);
    expect(existsSync(join(live.folder, "state"))).toBe(false);
    expect(live.pleroma.statuses({ by: "manchot" })).toEqual([]);
    expect([...new Set(live.pleroma.calls.map(({ method }) => method))]).toEqual(["GET"]);
  });

  test("everything that would fail is told at once, each with its mend", async () => {
    live.env.MANCHOT_FEDIVERSE_TOKEN = "a-token-of-yesterday";
    live.configure((text) =>
      text
        .replace(live.sshd.hostKeyLine(1).trim(), live.sshd.hostKeyLine(2).trim())
        .replace(`state: ${live.folder}/state`, `state: ${live.folder}/client.pub/state`),
    );
    edit(join(live.policies, "cases.yaml"), (text) => `${text}- { who: member, on: matrix, may: run }\n`);
    chmodSync(live.sshd.keyFile, 0o644);
    const { code, findings, text } = await check();
    chmodSync(live.sshd.keyFile, 0o600);
    expect(code).toBe(1);
    const found = failing(findings);
    const expected = [
      /^FAILS {2}manchot\.yaml:\d+:\d+: others may read the key client\n {7}mend: chmod 600 /,
      /^FAILS {2}policies\/cases\.yaml:\d+:3: member on matrix, run: expected: may; .*\n {7}mend: Mend the rules/,
      /^FAILS {2}the folder of the records: client\.pub is not a folder\n {7}mend: /,
      /^FAILS {2}the Fediverse: http.* does not accept the access token .*\n {7}mend: get the bot's account a new token/,
      /^FAILS {2}the executor on iceberg: 127\.0\.0\.1 shows the host key SHA256:.*\n {7}mend: Do not trust it/,
    ];
    expect(found, text).toHaveLength(expected.length);
    for (const pattern of expected)
      expect(
        found.filter((one) => pattern.test(one)),
        `${pattern}\n${text}`,
      ).toHaveLength(1);
  });

  test("a configuration that cannot be read, a missing token, a key with a passphrase, a hypervisor that is off", async () => {
    live.configure((text) => text.replace("language: en", "langage: en"));
    live.env.MANCHOT_FEDIVERSE_TOKEN = "";
    const { code, text } = await live.said("check");
    expect(code).toBe(1);
    expect(text).toMatch(/FAILS {2}.*manchot\.yaml:2:1: unknown key `langage`\n {7}mend: Did you mean `language`/);
    expect(text).toMatch(
      /FAILS {2}environment: the Fediverse access token is not set\n {7}mend: Set MANCHOT_FEDIVERSE_TOKEN/,
    );

    live.env.MANCHOT_FEDIVERSE_TOKEN = token;
    const locked = join(live.folder, "locked");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "hunter2", "-f", locked]);
    live.configure((text) => text.replace(`key: ${live.sshd.keyFile}`, `key: ${locked}`));
    const passphrase = await check();
    expect(passphrase.code).toBe(1);
    expect(failing(passphrase.findings)).toEqual([
      expect.stringMatching(/the key locked has a passphrase\n {7}mend: Nobody is there to type it: ssh-keygen -p/),
      expect.stringMatching(/the executor on iceberg: cannot be asked without the bot's key/),
    ]);
    // And `serve` itself stops there, with the same words, and no stack.
    const serve = await live.said("serve", "--policies", live.policies);
    expect(serve.code).toBe(1);
    expect(serve.text).toContain("has a passphrase");
    expect(serve.text).not.toMatch(/^ +at /m);

    live.configure((text) => text.replace(/port: \d+/, "port: 9"));
    const off = await check();
    expect(failing(off.findings)).toEqual([
      expect.stringMatching(/executor on iceberg: .*ECONNREFUSED.*\n {7}mend: See whether/),
    ]);
  });

  test("Matrix: the token's own account, another's, one that is not taken, and nobody there", async () => {
    const answers = { "a-good-token": "@manchot:x.org", "another-one's": "@somebody:x.org" };
    let device: string | undefined = "DEVICE";
    let keys: object = {};
    const asked: string[] = [];
    const homeserver = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const user = Object.entries(answers).find(([one]) => request.headers.authorization === `Bearer ${one}`)?.[1];
      response.writeHead(user === undefined ? 401 : 200, { "content-type": "application/json" });
      const answer = request.url?.endsWith("/keys/query") === true ? keys : { user_id: user, device_id: device };
      response.end(JSON.stringify(user === undefined ? { errcode: "M_UNKNOWN_TOKEN", error: "no" } : answer));
    });
    await new Promise<void>((resolve) => homeserver.listen(0, "127.0.0.1", resolve));
    const address = homeserver.address();
    const port = typeof address === "object" ? address?.port : 0;
    live.configure((text) =>
      text.replace("people:", `matrix: { homeserver: "http://127.0.0.1:${port}", user: "@manchot:x.org" }\npeople:`),
    );
    const withToken = async (matrixToken: string): Promise<string> => {
      live.env.MANCHOT_MATRIX_TOKEN = matrixToken;
      const { code, findings, text } = await check();
      expect(text).not.toContain(matrixToken);
      const [about = ""] = findings.filter((one) => /^\S+ +Matrix: /.test(one));
      expect(code).toBe(about.startsWith("ok ") ? 0 : 1);
      return about;
    };
    try {
      expect(await withToken("a-good-token")).toBe("ok     Matrix: the token is that of @manchot:x.org");
      expect(await withToken("another-one's")).toMatch(
        /^FAILS {2}Matrix: the token belongs to @somebody:x\.org, and .*\n {7}mend: log @manchot:x\.org in/,
      );
      expect(await withToken("one-of-yesterday")).toMatch(
        /^FAILS {2}Matrix: .*does not accept the access token.*\n {7}mend: log the bot's account in anew/,
      );
      expect([...new Set(asked)]).toEqual([
        "GET /_matrix/client/v3/account/whoami",
        "POST /_matrix/client/v3/keys/query",
      ]);

      const encryption = async (): Promise<string> => {
        const { findings } = await check();
        return findings.find((one) => /^\S+ +Matrix, encryption/.test(one)) ?? "";
      };
      live.env.MANCHOT_MATRIX_TOKEN = "a-good-token";
      expect(await encryption()).toMatch(/^note .*starts for the first time.*\n {7}mend: Run `manchot enrol matrix`/);
      const mine = (signatures: object) => ({
        device_keys: { "@manchot:x.org": { DEVICE: { keys: { "ed25519:DEVICE": "K" }, signatures } } },
        self_signing_keys: { "@manchot:x.org": { keys: { "ed25519:SELF": "SELF" } } },
      });
      keys = mine({ "@manchot:x.org": { "ed25519:DEVICE": "s" } });
      expect(await encryption()).toMatch(/^FAILS .*matrix-encryption\.sqlite is not there.*\n {7}mend: .*enrol matrix/);
      mkdirSync(join(live.folder, "state"), { recursive: true });
      writeFileSync(join(live.folder, "state/matrix-encryption.sqlite"), "");
      expect(await encryption()).toMatch(/^note .*has not signed this device/);
      keys = mine({ "@manchot:x.org": { "ed25519:DEVICE": "s", "ed25519:SELF": "s" } });
      expect(await encryption()).toMatch(/^ok /);
      device = undefined;
      expect(await encryption()).toMatch(/^FAILS .*is not that of a device/);
      device = "DEVICE";
      homeserver.close();
      homeserver.closeAllConnections();
      expect(await withToken("a-good-token")).toMatch(
        /^FAILS {2}Matrix: .*does not answer as a homeserver .*ECONNREFUSED.*\n {7}mend: see whether it runs/,
      );
    } finally {
      homeserver.close();
      live.env.MANCHOT_MATRIX_TOKEN = "";
    }
  });

  test("the records: in use by a bot that goes on, of a newer version, of another program", {
    timeout: 180_000,
  }, async () => {
    const bot = live.manchot("serve", "--policies", live.policies);
    await bot.line(/"msg":"listening"/);
    const beside = await check();
    expect(beside.code, beside.text).toBe(0);
    expect(beside.findings.join("\n")).toMatch(
      new RegExp(`^note {3}their lock: .*manchot\\.sqlite is in use by process ${bot.pid}\n`, "m"),
    );
    expect(await live.ask("zelie", "whoami")).toContain("Zélie");
    await bot.stop();

    const file = join(live.folder, "state", "manchot.sqlite");
    const pragma = (words: string): void => {
      const db = new Sqlite(file);
      db.pragma(words);
      db.close();
    };
    pragma("user_version = 99");
    const newer = await check();
    expect(newer.code).toBe(1);
    expect(failing(newer.findings)).toEqual([
      expect.stringMatching(
        /the records: state\/manchot\.sqlite was written by a newer Manchot .*\n {7}mend: Start that newer version again/,
      ),
    ]);
    rmSync(file);
    mkdirSync(file);
    expect((await check()).code).toBe(1);
    rmSync(file, { recursive: true });
    writeFileSync(file, "my notes ".repeat(1000));
    expect(failing((await check()).findings)).toEqual([expect.stringContaining("is not a database")]);
    rmSync(file);
    openStore(file).close();
    expect((await check()).code).toBe(0);
  });
});
