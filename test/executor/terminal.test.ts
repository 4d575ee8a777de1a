/** What root does at the host's own terminal: the installed bundle, beside a daemon over the simulated host. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/executor/config.ts";
import { serve } from "../../src/executor/serve.ts";
import type { Plan } from "../../src/protocol/plan.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { temporaryFolder } from "./bench.ts";
import { makePerson, writeFactors } from "./factors/enrolled.ts";
import { origin, Peer } from "./peer.ts";

const bundle = "dist/manchot-executor.mjs";
const systemNode = "/usr/bin/node";
const node = existsSync(systemNode) ? systemNode : process.execPath;

type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

async function host(persons: readonly string[] = []) {
  const folder = temporaryFolder();
  const [config, factors] = [join(folder, "executor.json"), join(folder, "factors.json")];
  const sockets = { bot: { path: join(folder, "bot.sock") }, host: { path: join(folder, "host.sock") } };
  writeFileSync(config, JSON.stringify({ host: "here", state: join(folder, "state"), factors, sockets }));
  writeFactors(factors, Object.fromEntries(persons.map((person) => [person, makePerson()])));
  const parsed = parseConfig(JSON.stringify({ host: "here", state: join(folder, "state"), factors, sockets }), config);
  if (!parsed.ok) throw new Error(parsed.why);
  const simulator = new Simulator();
  const fatal = (fault: unknown) => {
    throw fault;
  };
  const daemon = await serve(parsed.value, simulator, () => undefined, fatal);
  onTestFinished(() => daemon.close());
  const stateOf = (name: string) => simulator.model.domains.find((one) => one.name === name)?.state;
  const bot = () => {
    const socket = connect(sockets.bot.path);
    onTestFinished(() => void socket.destroy());
    return new Peer(socket, socket);
  };
  async function run(words: readonly string[], input = ""): Promise<Ran> {
    const child = spawn(node, ["--jitless", "--no-expose-wasm", bundle, "--config", config, ...words]);
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  }
  return { simulator, stateOf, bot, run };
}

const wish = (request: number, what = "executor.resume", given: unknown = {}) => ({
  id: randomUUID(),
  do: what,
  with: given,
  origin: { ...origin, request },
});

describe("plan", () => {
  test("prints a plan's text and nothing else, by its id and by the request's number", async () => {
    const { bot, run } = await host();
    const plan = await bot().value<Plan>("plan", wish(41));
    for (const target of [plan.id, "41", "#41"]) {
      expect(await run(["plan", target])).toEqual({ code: 0, stdout: plan.text, stderr: "" });
    }
  });

  test("says why where there is none, or several", async () => {
    const { bot, run } = await host();
    const peer = bot();
    const plans = [await peer.value<Plan>("plan", wish(41)), await peer.value<Plan>("plan", wish(41))];
    for (const [target, code, why] of [
      ["41", 1, "means several"],
      ["42", 1, "has the number 42"],
      [randomUUID(), 1, "no-such-plan"],
      ["web", 2, "neither"],
    ] as const) {
      const ran = await run(["plan", target]);
      expect(ran).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(why) });
    }
    for (const { id, text } of plans) expect((await run(["plan", id])).stdout).toBe(text);
  });
});

describe("a VM", () => {
  test("is stopped once the plan was shown and somebody said yes: that is their signature", async () => {
    const { run, stateOf } = await host(["zelie"]);
    for (const input of ["", "no\n", "y\n"]) {
      const ran = await run(["vm", "stop", "web", "--person", "zelie"], input);
      expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining("Manchot plan 1") });
    }
    expect((await run(["vm", "stop", "web", "--person", "omar"], "yes\n")).stderr).toContain("factor-unknown");
    expect(stateOf("web")).toBe("running");
    const done = await run(["vm", "stop", "web", "--within", "2m", "--person", "zelie"], "yes\n");
    expect(done.stderr).toContain("Approve this as zelie?");
    expect(done.stdout).toContain("approved by zelie (host)");
    expect(done.stdout).toMatch(/: done, step/);
    expect(done.code).toBe(0);
    expect(stateOf("web")).toBe("shut off");
    expect((await run(["vm", "stop", "web", "--person", "zelie"], "yes\n")).stderr).toContain("already-so");
  });

  test("is started without a question, restarted with one, and starts with the host or not", async () => {
    const { run, simulator, stateOf } = await host();
    expect((await run(["vm", "stop", "sql"], "yes\n")).code).toBe(0);
    const started = await run(["vm", "start", "sql"]);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining("do: vm.start") });
    expect(stateOf("sql")).toBe("running");
    expect(await run(["vm", "restart", "sql"], "yes\n")).toMatchObject({ code: 0 });
    expect(stateOf("sql")).toBe("running");
    expect(await run(["vm", "autostart", "sql", "off"], "yes\n")).toMatchObject({ code: 0 });
    expect(simulator.model.domains.find(({ name }) => name === "sql")?.autostart).toBe(false);
    const asked = await run(["vm", "autostart", "sql", "on", "--json"], "yes\n");
    expect(JSON.parse(asked.stdout)).toMatchObject({ state: "done", result: { autostart: true } });
    expect(asked.stderr).toContain("Manchot plan 1");
  });

  test("is never another one: whatever it is called, and what is not understood", async () => {
    const { run, stateOf } = await host();
    for (const [words, code] of [
      [["vm", "stop", "wep"], 1],
      [["vm", "stop", "--", "-x"], 2],
      [["vm", "stop", "1"], 1],
      [["vm", "stop", "web\n"], 2],
      [["vm", "stop", "-x"], 2],
      [["vm", "stop"], 2],
      [["vm", "stop", "web", "sql"], 2],
      [["vm", "stop", "web", "--within", "soon"], 2],
      [["vm", "stop", "web", "--within", "9"], 2],
      [["vm", "stop", "web", "--within", "2h"], 2],
      [["vm", "start", "web", "--within", "60"], 2],
      [["vm", "autostart", "web"], 2],
      [["vm", "autostart", "web", "maybe"], 2],
    ] as const) {
      const ran = await run(words, "yes\n");
      expect([words, ran.code]).toEqual([words, code]);
    }
    expect(stateOf("web")).toBe("running");
  });
});

describe("the story of an operation", () => {
  test("is told in words, whatever came of it", async () => {
    const { bot, run } = await host(["zelie"]);
    const peer = bot();
    const [denied, approved] = [await peer.value<Plan>("plan", wish(41)), await peer.value<Plan>("plan", wish(42))];
    await peer.refusal("apply", { id: denied.id, hash: denied.hash });
    await peer.refusal("approve", { ...idAndHash(denied), by: "zelie", factor: { kind: "totp", code: "000000" } });
    await run(["deny", "41", "--person", "zelie"]);
    await run(["approve", "42", "--person", "zelie"], "yes\n");
    const told = (await run(["operation", denied.id])).stdout;
    expect(told).toContain("planned: executor.resume, asked for by zelie, through bot");
    expect(told).toContain("refused to apply, through bot: needs-approval");
    expect(told).toContain("a wrong code, said to be zelie's, through bot");
    expect(told).toContain("over: denied, by zelie at this terminal");
    const yes = (await run(["operation", approved.id])).stdout;
    expect(yes).toContain("approved by zelie with a yes at this terminal");
    expect(told + yes).not.toMatch(/[{}]/);
  });

  test("tells each command, each freeze and thaw, and that changes were paused and resumed", async () => {
    const { run } = await host();
    const id = async (words: readonly string[]) =>
      JSON.parse((await run([...words, "--json"], "yes\n")).stdout.trim().split("\n").at(-1) ?? "").id as string;
    const told = async (words: readonly string[]) => (await run(["operation", await id(words)])).stdout;
    const snapshot = await told(["snapshot", "web"]);
    for (const words of [
      "about to freeze, for 60 s at most: ",
      "thawed: ",
      "ran: /usr/sbin/zfs snapshot",
      ": exit 0, ",
    ]) {
      expect(snapshot).toContain(words);
    }
    for (const words of ["step 1 begins: ", "step 1 stands", "over: done"]) expect(snapshot).toContain(words);
    expect(await told(["pause"])).toContain("all changes paused by ");
    expect(await told(["resume"])).toContain("changes resumed by ");
    const verified = (await run(["journal", "verify"])).stdout;
    for (const words of [
      "3 plans made",
      "3 operations over (3 done)",
      "1 approvals given",
      "1 guests let go",
      "1 times that all changes were paused",
    ]) {
      expect(verified).toContain(words);
    }
  });
});

function idAndHash({ id, hash }: Plan) {
  return { id, hash };
}
