/** The installed program: the bundle, run as systemd, sshd and root run it. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { build, maximumSize } from "../../src/executor/build.ts";
import { poolFindings } from "../../src/executor/check/check.ts";
import { parseConfig, rulesOf } from "../../src/executor/config.ts";
import { configFile } from "../../src/executor/setup/files.ts";
import { parsePublicKey } from "../../src/executor/setup/public-key.ts";
import { temporaryFolder } from "./bench.ts";
import { Peer } from "./peer.ts";

const bundle = "dist/manchot-executor.mjs";
/** Debian's own, where there is one: that is what it is built for. */
const systemNode = "/usr/bin/node";
const node = existsSync(systemNode) ? systemNode : process.execPath;
const flags = ["--jitless", "--no-expose-wasm"];

function configured(more: Record<string, unknown> = {}): { folder: string; config: string } {
  const folder = temporaryFolder();
  const config = join(folder, "executor.json");
  const sockets = { bot: { path: join(folder, "bot.sock") }, host: { path: join(folder, "host.sock") } };
  writeFileSync(config, JSON.stringify({ host: "here", state: join(folder, "state"), sockets, ...more }));
  return { folder, config };
}

function run(words: readonly string[], input = "") {
  return spawnSync(node, [...flags, bundle, ...words], { encoding: "utf8", input, timeout: 30_000 });
}

async function serve(config: string): Promise<ChildProcess> {
  const child = spawn(node, [...flags, bundle, "serve", "--config", config], { stdio: ["ignore", "inherit", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let words = "";
  for await (const chunk of child.stderr) {
    words += String(chunk);
    if (words.includes("ready")) return child;
  }
  throw new Error(words);
}

describe("the bundle", () => {
  test("is small, and holds nothing of the simulator, of npm packages but the validator, or of the pause points", async () => {
    const built = await build(temporaryFolder());
    const text = readFileSync(built.file, "utf8");
    expect(built.size).toBeLessThanOrEqual(maximumSize);
    expect(built.inputs.every((input) => /^src\/(executor|protocol)\//.test(input))).toBe(true);
    expect(text).not.toContain("MANCHOT_PAUSE_AT");
    expect(text).not.toContain("PAUSED");
    expect(readFileSync(built.withPoints, "utf8")).toContain("MANCHOT_PAUSE_AT");
    const imports = [...text.matchAll(/(?:^|[\s;])(?:import|from)\s*\(?["']([^"']+)["']/g)].map((match) => match[1]);
    expect(imports.length).toBeGreaterThan(5);
    expect(imports.filter((name) => !name?.startsWith("node:"))).toEqual([]);
  });

  test("tells how it is used, and what it did not understand", () => {
    expect(run(["--help"])).toMatchObject({ status: 0, stdout: expect.stringContaining("snapshot <vm|dataset>") });
    for (const words of [["frobnicate"], ["vm"], ["vm", "info"], ["facts", "x"], ["facts", "--apply"], ["--what"]]) {
      expect(run(words).status).toBe(2);
    }
  });
});

describe("the daemon", () => {
  test("opens its sockets for the right people, serves once, ends when told, and leaves nothing behind", async () => {
    const { folder, config } = configured();
    const child = await serve(config);
    for (const name of ["bot.sock", "host.sock"]) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o700);
    const second = run(["serve", "--config", config]);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain("serves");
    child.kill("SIGTERM");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(existsSync(join(folder, "bot.sock"))).toBe(false);
    expect(run(["journal", "verify", "--config", config])).toMatchObject({ status: 0 });
  });

  test("starts again over what a SIGKILL left", async () => {
    const { folder, config } = configured();
    const child = await serve(config);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(join(folder, "bot.sock"))).toBe(true);
    await serve(config);
    const facts = run(["facts", "--config", config, "--json"]);
    expect(JSON.parse(facts.stdout)).toMatchObject({ host: "here" });
  });

  test("leaves a stranger's file and a stranger's listener alone", async () => {
    const { folder, config } = configured();
    writeFileSync(join(folder, "bot.sock"), "mine");
    expect(run(["serve", "--config", config]).stderr).toContain("is no socket");
    expect(readFileSync(join(folder, "bot.sock"), "utf8")).toBe("mine");
    const one = configured();
    await serve(one.config);
    const two = configured();
    const sockets = { bot: { path: join(one.folder, "bot.sock") }, host: { path: join(two.folder, "host.sock") } };
    writeFileSync(two.config, JSON.stringify({ host: "two", state: join(two.folder, "state"), sockets }));
    expect(run(["serve", "--config", two.config]).stderr).toContain("somebody else listens");
  });

  test("says who is who by the socket alone", async () => {
    const { folder, config } = configured();
    await serve(config);
    for (const identity of ["bot", "host"]) {
      const socket = connect(join(folder, `${identity}.sock`));
      onTestFinished(() => void socket.destroy());
      expect(await new Peer(socket, socket).value("hello", { protocol: 1 })).toMatchObject({ identity });
    }
  });

  test.each([
    ["an unknown key", { protectd: [] }, '"protectd"'],
    ["an unknown key inside", { limits: { perDay: 3 } }, '"perDay"'],
    ["a wrong type", { protected: "web" }, '"protected"'],
    [
      "more snapshots than one moment can hold",
      { maximum: { snapshots: 101 } },
      '"maximum.snapshots" is too much: at most 100',
    ],
    ["a limit of nothing", { limits: { perMinute: 0 } }, '"limits.perMinute"'],
  ])("does not start with %s in its configuration, and says which", (_what, more, named) => {
    const { status, stderr } = run(["serve", "--config", configured(more).config]);
    expect(status).toBe(1);
    expect(stderr).toContain(named);
  });

  test("does not start over a journal that somebody changed", async () => {
    const { folder, config } = configured();
    const child = await serve(config);
    child.kill("SIGTERM");
    await once(child, "exit");
    const file = join(folder, "state", "journal.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace('"host":"here"', '"host":"herE"'));
    const again = run(["serve", "--config", config]);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain("damaged");
    expect(run(["journal", "verify", "--config", config])).toMatchObject({ status: 1 });
  });
});

describe("the configuration's pools", () => {
  test("are those that the executor works in", () => {
    const text = readFileSync(configured({ pools: ["tank"] }).config, "utf8");
    const config = parseConfig(text, "the file");
    expect(config.ok && rulesOf(config.value).rails.pools).toEqual(["tank"]);
    expect(JSON.parse(configFile("here", ["tank"]))).toMatchObject({ pools: ["tank"] });
  });

  test("are those that the check looks at", () => {
    const isOpen = (pool: string) => pool === "tank";
    const told = (served: string[]) => poolFindings(served, ["tank", "backup"], isOpen).map(({ trouble }) => trouble);
    expect(told(["tank"])).toEqual([undefined]);
    expect(told(["tank", "backup", "away"])).toEqual([undefined, "are not allowed", "is not imported"]);
  });
});

describe("attach", () => {
  test("passes bytes both ways and ends with its input, whatever ssh was asked for", async () => {
    const { folder, config } = configured();
    await serve(config);
    const hello = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "hello", params: { protocol: 1 } })}\n`;
    const done = spawnSync(node, [...flags, bundle, "attach", "--socket", join(folder, "bot.sock")], {
      encoding: "utf8",
      input: hello.repeat(50),
      env: { SSH_ORIGINAL_COMMAND: "rm -rf /; cat" },
      timeout: 30_000,
    });
    expect(done.status).toBe(0);
    expect(done.stdout.trimEnd().split("\n").length).toBe(50);
    expect(JSON.parse(done.stdout.split("\n")[49] ?? "")).toMatchObject({ result: { value: { identity: "bot" } } });
  });

  test("says in one line that the daemon is not there", () => {
    const done = run(["attach", "--socket", join(temporaryFolder(), "no.sock")]);
    expect(done.status).toBe(1);
    expect(done.stderr.trimEnd().split("\n").length).toBe(1);
  });
});

describe("a bot's key", () => {
  const blob = (kind: string, ...fields: Buffer[]) =>
    Buffer.concat(
      [Buffer.from(kind), ...fields].flatMap((field) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(field.length);
        return [length, field];
      }),
    ).toString("base64");
  const point = generateKeyPairSync("ed25519").publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const good = blob("ssh-ed25519", point);

  test("is taken without its comment", () => {
    expect(parsePublicKey(`ssh-ed25519 ${good} bot@vm, made today\n`)).toEqual({
      ok: true,
      value: `ssh-ed25519 ${good}`,
    });
  });

  test.each([
    ["two keys", `ssh-ed25519 ${good}\nssh-ed25519 ${good}`],
    ["options before it", `command="/bin/sh" ssh-ed25519 ${good}`],
    ["a kind that is not its content's", `ssh-rsa ${good}`],
    ["an unknown kind", `ssh-dss ${blob("ssh-dss", point)}`],
    ["a short key", `ssh-ed25519 ${blob("ssh-ed25519", point.subarray(1))}`],
    ["something left over", `ssh-ed25519 ${blob("ssh-ed25519", point, point)}`],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----"],
    ["nothing", ""],
  ])("is refused where it is %s", (_what, text) => expect(parsePublicKey(text).ok).toBe(false));
});
