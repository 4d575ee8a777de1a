import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { connectHypervisor } from "../../src/hypervisor/client.ts";
import { parseHostKeyPin } from "../../src/hypervisor/host-key.ts";
import type { Hypervisor } from "../../src/hypervisor/port.ts";
import { type SshTimings, sshTransport } from "../../src/hypervisor/ssh.ts";
import { memoryHeads, readableLog, told, until } from "./listeners.ts";
import { type SmallExecutor, startSmallExecutor } from "./small-executor.ts";
import { missing, prepareSshd, type Sshd } from "./sshd.ts";

const one = "6f0f3c1e-4c1b-5e0a-9c7e-0123456789ab";
const relay = join(import.meta.dirname, "relay.mjs");

const where = `over a real sshd${missing === undefined ? "" : ` (skipped: ${missing})`}`;
describe.skipIf(missing !== undefined)(where, () => {
  let folder: string;
  let sshd: Sshd;
  let executor: SmallExecutor;
  let opened: Hypervisor[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "manchot-ssh-"));
    sshd = await prepareSshd(folder, `${process.execPath} ${relay} ${join(folder, "s")}`);
  });
  beforeEach(async () => {
    opened = [];
    executor = await startSmallExecutor(join(folder, "s"));
    await sshd.start();
  });
  afterEach(async () => {
    for (const hypervisor of opened) await hypervisor.close();
    await sshd.kill();
    await executor.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function connect(given: { pin?: string; privateKey?: string; timings?: Partial<SshTimings> } = {}) {
    const log = readableLog();
    const hostKey = parseHostKeyPin(given.pin ?? sshd.hostKeyLine(1));
    if (hostKey === undefined) throw new Error("no pin");
    const transport = sshTransport({
      host: "127.0.0.1",
      port: sshd.port,
      user: sshd.user,
      privateKey: given.privateKey ?? sshd.privateKey,
      hostKey,
      log,
      timings: given.timings ?? {},
    });
    const timings = { firstRetryMs: 50, longestRetryMs: 400, patienceMs: 8_000 };
    const hypervisor = connectHypervisor({ name: "host1", transport, heads: memoryHeads(), log, timings });
    opened.push(hypervisor);
    const reachable: string[] = [];
    hypervisor.onReachable(told(reachable));
    return { hypervisor, log, reachable };
  }
  const asked = (): string[] => executor.heard.map((line) => JSON.parse(line).method);

  test("a pinned key line, and a pinned fingerprint, are accepted", async () => {
    const { hypervisor } = connect();
    expect(await hypervisor.ask("vm.list", {})).toMatchObject({ ok: true, value: { vms: [] } });
    const shown = spawnSync("ssh-keygen", ["-lf", join(folder, "host1.pub")], { encoding: "utf8" }).stdout;
    const other = connect({ pin: shown.split(" ")[1] ?? "" });
    expect(await other.hypervisor.ask("vm.list", {})).toMatchObject({ ok: true });
    expect(sshd.log()).toContain("userauth-request for user");
  });

  test("a changed host key is refused loudly: no authentication, no byte of the protocol, no second attempt", async () => {
    const first = connect();
    expect(await first.hypervisor.ask("vm.list", {})).toMatchObject({ ok: true });
    await first.hypervisor.close();
    await sshd.kill();
    const logged = sshd.log().length;
    const heard = executor.heard.length;
    await sshd.start(2);

    const { hypervisor, log, reachable } = connect();
    const begun = performance.now();
    const reply = await hypervisor.ask("vm.list", {});
    expect(reply).toMatchObject({
      ok: false,
      unavailable: { kind: "untrusted", why: expect.stringContaining("SHA256:") },
    });
    expect(await hypervisor.ask("vm.list", {})).toMatchObject({ unavailable: { kind: "untrusted" } });
    expect(performance.now() - begun).toBeLessThan(5_000);
    await pause(1_000);
    const since = sshd.log().slice(logged);
    expect(since).not.toContain("userauth");
    expect(since).not.toContain("Accepted");
    expect(since.match(/Connection from/g)).toHaveLength(1);
    expect(executor.heard.length).toBe(heard);
    expect(log.lines.filter((line) => line.level === "error")).toHaveLength(1);
    expect(reachable).toEqual(["untrusted"]);

    // The same bot is asked again once the right host is back.
    await hypervisor.close();
    await sshd.kill();
    await sshd.start(1);
    expect(await connect().hypervisor.ask("vm.list", {})).toMatchObject({ ok: true });
  });

  test("a key that the host does not know is told at once, and not tried again and again", async () => {
    const key = join(folder, "host2");
    const { hypervisor, reachable } = connect({ privateKey: readFileSync(key, "utf8") });
    const before = sshd.log().length;
    const begun = performance.now();
    const reply = await hypervisor.ask("vm.list", {});
    expect(reply).toMatchObject({
      unavailable: { kind: "unreachable", why: expect.stringMatching(/does not accept the bot's key/) },
    });
    expect(performance.now() - begun).toBeLessThan(5_000);
    await pause(1_000);
    expect(
      sshd
        .log()
        .slice(before)
        .match(/Connection from/g),
    ).toHaveLength(1);
    expect(reachable).toEqual(["unreachable"]);
  });

  test("only the bot's key is offered: no password, no agent, no other method", async () => {
    const before = sshd.log().length;
    const { hypervisor } = connect();
    await hypervisor.ask("vm.list", {});
    const methods = [
      ...sshd
        .log()
        .slice(before)
        .matchAll(/userauth-request for user \S+ service \S+ method (\S+)/g),
    ];
    expect(new Set(methods.map((method) => method[1]))).toEqual(new Set(["publickey"]));
  });

  test("the forced command runs whatever the client asks for", async () => {
    const marker = join(folder, "pwned");
    const hello = `${JSON.stringify({ jsonrpc: "2.0", id: "1", method: "hello", params: { protocol: 1 } })}\n`;
    const options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "BatchMode=yes"];
    const child = spawn("ssh", [
      ...["-F", "none", "-i", sshd.keyFile, "-p", String(sshd.port), ...options.flatMap((option) => ["-o", option])],
      `${sshd.user}@127.0.0.1`,
      `touch ${marker}`,
    ]);
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    child.stdin.write(hello);
    await until("the executor answers", () => said.includes("\n"));
    expect(JSON.parse(said)).toMatchObject({ id: "1", result: { value: { host: "host1" } } });
    child.kill("SIGKILL");
    expect(existsSync(marker)).toBe(false);
  });

  test("sshd killed and started again: it reconnects, watches again, and no event is lost", async () => {
    const { hypervisor, reachable } = connect();
    const events: string[] = [];
    hypervisor.onOperation(({ state }) => events.push(state));
    expect(await hypervisor.apply(one, "h")).toMatchObject({ ok: true, value: { state: "running" } });
    await sshd.kill();
    await until("it is noticed", () => reachable.length === 2);
    executor.move(one, "done");
    const waiting = hypervisor.ask("vm.list", {});
    await sshd.start();
    expect(await waiting).toMatchObject({ ok: true });
    await until("it is told", () => events.length > 0);
    expect(events).toEqual(["done"]);
    expect(reachable).toEqual(["up", "unreachable", "up"]);
  });

  test("a connection of which only this half is alive is noticed by the keep-alive, and made anew", async () => {
    const { hypervisor, reachable } = connect({ timings: { keepAliveMs: 150, keepAliveMisses: 3 } });
    expect(await hypervisor.ask("vm.list", {})).toMatchObject({ ok: true });
    await pause(1_000);
    expect(reachable).toEqual(["up"]);
    const stopped = sshd.sessions();
    expect(stopped.length).toBeGreaterThan(0);
    for (const pid of stopped) process.kill(pid, "SIGSTOP");
    const cut = performance.now();
    const lost = hypervisor.ask("vm.list", {});
    await until("it is noticed", () => reachable.includes("unreachable"));
    expect(performance.now() - cut).toBeLessThan(3_000);
    expect(await lost).toMatchObject({
      unavailable: { kind: "unreachable", why: expect.stringMatching(/[Kk]eepalive/) },
    });
    expect(await hypervisor.ask("vm.list", {})).toMatchObject({ ok: true });
    expect(asked().filter((method) => method === "hello")).toHaveLength(2);
  });

  test("where the daemon is not there, the reason is the forced command's own words, on one plain line", async () => {
    await executor.close();
    await sshd.kill();
    await sshd.start(1, "VERBOSE");
    const { hypervisor } = connect();
    const reply = await hypervisor.ask("vm.list", {});
    expect(reply).toMatchObject({
      unavailable: { kind: "unreachable", why: "the daemon is not there [31m (ENOENT)" },
    });
    executor = await startSmallExecutor(join(folder, "s"));
  });

  test("a program that closes the hypervisor ends by itself", async () => {
    const script = join(import.meta.dirname, "ask-and-leave.ts");
    const args = [script, String(sshd.port), sshd.user, sshd.keyFile, sshd.hostKeyLine(1).trim()];
    const ran = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    ran.stdout.on("data", (chunk) => {
      said += chunk;
    });
    const code = await Promise.race([new Promise((done) => ran.once("exit", done)), pause(20_000, "still there")]);
    if (code === "still there") ran.kill("SIGKILL");
    expect(code).toBe(0);
    expect(JSON.parse(said)).toMatchObject({ ok: true, value: { vms: [] } });
  });
});

test("a private key that cannot be read is told without a word of it", () => {
  const secret = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n";
  const hostKey = { fingerprint: "SHA256:x" };
  const make = () => sshTransport({ host: "h", port: 22, user: "u", privateKey: secret, hostKey, log: readableLog() });
  expect(make).toThrow(/ssh-keygen -t ed25519/);
  expect(make).not.toThrow(/c2VjcmV0/);
});

test("a pin is a fingerprint or a public key line, and nothing else", () => {
  const fingerprint = `SHA256:${"A".repeat(43)}`;
  expect(parseHostKeyPin(` ${fingerprint}= `)).toEqual({ fingerprint });
  for (const bad of [
    "",
    "SHA256:short",
    "MD5:aa:bb",
    "ssh-ed25519",
    "ssh-ed25519 AAAA",
    "host ssh-ed25519 AAAA",
    fingerprint.toLowerCase(),
  ]) {
    expect(parseHostKeyPin(bad), bad).toBeUndefined();
  }
});
