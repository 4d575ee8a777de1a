/** The host's own terminal: the installed bundle, as root runs it, beside the daemon that it serves. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { codeAt, fromBase32, stepAt } from "../../../src/executor/factors/totp.ts";
import { temporaryFolder } from "../bench.ts";
import { origin, Peer } from "../peer.ts";
import { makePerson, planResume, writeFactors } from "./enrolled.ts";
import { makeKey } from "./keys.ts";

const bundle = "dist/manchot-executor.mjs";
const systemNode = "/usr/bin/node";
const node = existsSync(systemNode) ? systemNode : process.execPath;
const flags = ["--jitless", "--no-expose-wasm"];

type Host = {
  readonly folder: string;
  readonly factors: string;
  run(words: readonly string[], input?: string): { status: number | null; stdout: string; stderr: string };
  journal(): string;
};

function host(): Host {
  const folder = temporaryFolder();
  const config = join(folder, "executor.json");
  const factors = join(folder, "factors.json");
  const sockets = { bot: { path: join(folder, "bot.sock") }, host: { path: join(folder, "host.sock") } };
  writeFileSync(config, JSON.stringify({ host: "here", state: join(folder, "state"), factors, sockets }));
  return {
    folder,
    factors,
    run: (words, input = "") =>
      spawnSync(node, [...flags, bundle, ...words, "--config", config], { encoding: "utf8", input, timeout: 30_000 }),
    journal: () => readFileSync(join(folder, "state", "journal.jsonl"), "utf8"),
  };
}

async function serve({ folder }: Host): Promise<void> {
  const argv = [...flags, bundle, "serve", "--config", join(folder, "executor.json")];
  const child: ChildProcess = spawn(node, argv, { stdio: ["ignore", "inherit", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const chunk of child.stderr ?? []) if (String(chunk).includes("ready")) return;
  throw new Error("it ended");
}

function bot({ folder }: Host): Peer {
  const socket = connect(join(folder, "bot.sock"));
  onTestFinished(() => void socket.destroy());
  return new Peer(socket, socket);
}

/** What an authenticator does with what stands in the terminal. */
const codeOf = (uri: string) => {
  const secret = fromBase32(new URL(uri).searchParams.get("secret") ?? "");
  if (secret === undefined) throw new Error(`no secret in ${uri}`);
  return codeAt(secret, stepAt(Math.floor(Date.now() / 1000)));
};

/** Enrols like a person: reads the URI from the terminal, and types in the code that it gives. */
async function enrol({ folder }: Host, person: string): Promise<{ uri: string; status: number | null }> {
  const argv = [...flags, bundle, "enrol-factor", person, "--totp", "--config", join(folder, "executor.json")];
  const child = spawn(node, argv, { stdio: ["pipe", "pipe", "ignore"] });
  let shown = "";
  for await (const chunk of child.stdout) {
    shown += String(chunk);
    const uri = /^otpauth:\S+$/m.exec(shown)?.[0];
    if (uri !== undefined && child.stdin.writable) child.stdin.end(`000 00\n${codeOf(uri).replace(/^.../, "$& ")}\n`);
  }
  return { uri: /^otpauth:\S+$/m.exec(shown)?.[0] ?? "", status: child.exitCode };
}

describe("a factor", () => {
  test("is enrolled once a code has come back, is for root and the daemon alone, and is revoked", async () => {
    const here = host();
    const { uri } = await enrol(here, "zelie");
    const asked = new URL(uri);
    expect([asked.protocol, asked.host, decodeURIComponent(asked.pathname)]).toEqual([
      "otpauth:",
      "totp",
      "/Manchot here:zelie",
    ]);
    expect(asked.searchParams.get("issuer")).toBe("Manchot here");
    const secret = asked.searchParams.get("secret");
    expect(JSON.parse(readFileSync(here.factors, "utf8"))).toEqual({ persons: { zelie: { totp: secret } } });
    expect(statSync(here.factors).mode & 0o777).toBe(0o640);
    expect(readdirSync(here.folder)).not.toContain("factors.json.new");

    const key = makeKey();
    const file = join(here.folder, "key.pub");
    writeFileSync(file, `${key.line}\n`);
    const added = here.run(["enrol-factor", "zelie", "--key", file]);
    expect(added).toMatchObject({ status: 0, stdout: expect.stringContaining(key.fingerprint) });
    expect(here.run(["enrol-factor", "yann", "--key", file])).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("zelie and yann have one factor in common"),
    });
    expect(here.run(["revoke-factor", "zelie", "--totp"]).status).toBe(0);
    expect(JSON.parse(readFileSync(here.factors, "utf8"))).toEqual({ persons: { zelie: { keys: [key.line] } } });
    expect(here.run(["revoke-factor", "zelie", "--totp"]).status).toBe(1);
    expect(here.run(["revoke-factor", "zelie", "--key", key.fingerprint]).status).toBe(0);
    expect(JSON.parse(readFileSync(here.factors, "utf8"))).toEqual({ persons: {} });
  });

  test("is not enrolled without its code, for nobody, over a file that is wrong, or from a private key", async () => {
    const here = host();
    for (const input of ["", "000000\n000000\n000000\n", "\n"]) {
      expect(here.run(["enrol-factor", "zelie", "--totp"], input).status).toBe(1);
    }
    for (const words of [["Zelie", "--totp"], ["zelie"], ["zelie", "--totp", "--key", "x"], ["-x", "--totp"]]) {
      expect(here.run(["enrol-factor", ...words]).status).toBe(2);
    }
    const key = join(here.folder, "key");
    makeKey("ed25519", here.folder);
    expect(here.run(["enrol-factor", "zelie", "--key", key])).toMatchObject({
      status: 1,
      stderr: expect.not.stringContaining("PRIVATE"),
    });
    expect(existsSync(here.factors)).toBe(false);
    writeFileSync(here.factors, "{");
    chmodSync(here.factors, 0o640);
    expect(here.run(["enrol-factor", "zelie", "--key", `${key}.pub`]).status).toBe(1);
    expect(readFileSync(here.factors, "utf8")).toBe("{");
  });
});

describe("a decision", () => {
  test("to approve shows the executor's own text, wants the whole yes, and counts as that person's", async () => {
    const here = host();
    const zelie = makePerson();
    writeFactors(here.factors, { zelie });
    await serve(here);
    const peer = bot(here);
    const plan = await planResume(peer);
    for (const input of ["", "no\n", "y\n", "YES\n"]) {
      const refused = here.run(["approve", plan.id, "--person", "zelie"], input);
      expect(refused).toMatchObject({ status: 1, stdout: expect.stringContaining(plan.text) });
    }
    expect(here.run(["approve", plan.id, "--person", "noe"], "yes\n").stderr).toContain("factor-unknown");
    expect(await peer.value("approvals", { id: plan.id })).toMatchObject({ given: [], enough: false });
    // By the number that people see.
    const done = here.run(["approve", "#41", "--person", "zelie"], "yes\n");
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining("approved by zelie (host)") });
    expect(await peer.value("approvals", { id: plan.id })).toMatchObject({
      given: [{ person: "zelie", kind: "host" }],
      enough: true,
    });
  });

  test("by a code is spent like any other; and a number for two plans is nobody's", async () => {
    const here = host();
    const zelie = makePerson();
    writeFactors(here.factors, { zelie });
    await serve(here);
    const peer = bot(here);
    const [one, two] = [await planResume(peer), await planResume(peer)];
    expect(here.run(["approve", "41", "--person", "zelie"], "yes\n").stderr).toContain("means several");
    const code = zelie.code(Date.now());
    expect(here.run(["approve", one.id, code, "--person", "zelie"], "yes\n").stdout).toContain("zelie (totp)");
    expect(here.run(["approve", two.id, code, "--person", "zelie"], "yes\n").stderr).toContain("factor-spent");
    expect(here.run(["deny", two.id, "--person", "zelie"]).stdout).toContain("denied");
    expect(here.run(["cancel", "41", "--person", "zelie"]).stdout).toContain("cancelled");
    expect(here.run(["operations"]).stdout).toBe("");
    expect(here.journal()).not.toContain(code);
  });

  test("to pause needs no question, and to resume wants one", async () => {
    const here = host();
    await serve(here);
    const peer = bot(here);
    expect(here.run(["pause"]).status).toBe(0);
    const plan = { id: randomUUID(), do: "zfs.snapshot", with: { targets: ["web"] }, origin };
    expect((await peer.refusal("plan", plan)).reason).toBe("paused");
    expect(here.run(["resume"], "no\n").status).toBe(1);
    expect((await peer.refusal("plan", plan)).reason).toBe("paused");
    expect(here.run(["resume"], "yes\n").status).toBe(0);
    expect((await peer.refusal("plan", plan)).reason).not.toBe("paused");
  });

  test("of a bot cannot be told as the host's", async () => {
    const here = host();
    writeFactors(here.factors, { zelie: makePerson() });
    await serve(here);
    const peer = bot(here);
    const { id, hash } = await planResume(peer);
    const refusal = await peer.refusal("approve", { id, hash, by: "zelie", factor: { kind: "host" } });
    expect(refusal).toEqual({ reason: "factor-not-enough", detail: { kind: "host", identity: "bot" } });
  });
});
