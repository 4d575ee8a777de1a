/** The root helper's orders, and the line on which they are given. What it does with real libvirt is in `scenarios/vms.test.ts`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { longestOrder, looksFor, readOrder } from "../../src/executor/helper/orders.ts";
import { askHelper } from "../../src/executor/host/helper.ts";
import { temporaryFolder } from "./bench.ts";

const uuid = "5c0e0000-0000-4000-8000-000000000001";
const virsh = ["/usr/bin/virsh", "-c", "qemu:///system"];

describe("an order", () => {
  test.each([
    [
      ["addresses", uuid],
      ["domifaddr", "--full", "--source", "agent", uuid],
    ],
    [
      ["shutdown-agent", uuid],
      ["shutdown", "--mode", "agent", uuid],
    ],
    [
      ["autostart", uuid, "on"],
      ["autostart", uuid],
    ],
    [
      ["autostart", uuid, "off"],
      ["autostart", "--disable", uuid],
    ],
  ])("%j", (words, rest) => {
    const line = JSON.stringify(words);
    expect(readOrder(line)).toEqual({ uuid, argv: [...virsh, ...rest] });
    expect(line.length).toBeLessThan(longestOrder);
  });

  test.each([
    ["a verb that is not one of them", ["destroy", uuid]],
    ["a verb with an argument in it", ["shutdown-agent --mode", uuid]],
    ["a verb and its argument in one", ["autostart on", uuid]],
    ["an argument too many", ["shutdown-agent", uuid, "on"]],
    ["an empty argument too many", ["autostart", uuid, "on", ""]],
    ["an argument in two", ["autostart", uuid, "on ", ""]],
    ["no argument", ["autostart", uuid]],
    ["a name", ["shutdown-agent", "web"]],
    ["a number", ["shutdown-agent", "1"]],
    ["an option", ["shutdown-agent", "--all"]],
    ["a UUID in capitals", ["shutdown-agent", uuid.toUpperCase()]],
    ["a UUID and more", ["shutdown-agent", `${uuid}\n`]],
    ["no UUID", ["shutdown-agent"]],
    ["nothing", []],
    ["no words", { 0: "shutdown-agent", 1: uuid }],
    ["a number among the words", ["shutdown-agent", uuid, 1]],
  ])("is none: %s", (_what, value) => {
    expect(readOrder(JSON.stringify(value))).toBeUndefined();
  });

  test("whatever is said, one of the four commands with a UUID at its end comes of it, or nothing", () => {
    const word = fc.oneof(
      fc.constantFrom("autostart", "addresses", "shutdown-agent", "on", "off", uuid, "--disable", "1", ""),
      fc.string(),
    );
    const line = fc.oneof(
      fc.array(word, { maxLength: 4 }).map((words) => JSON.stringify(words)),
      fc.string(),
      fc.json(),
    );
    fc.assert(
      fc.property(line, (text) => {
        const order = readOrder(text);
        if (order === undefined) return;
        const commands = [
          "domifaddr --full --source agent",
          "shutdown --mode agent",
          "autostart",
          "autostart --disable",
        ].map((verb) => `${virsh.join(" ")} ${verb} ${uuid}`);
        expect(commands).toContain(order.argv.join(" "));
        expect(looksFor(order).at(-1)).toBe(uuid);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the line to it", () => {
  async function listening(serve: (socket: Socket) => void): Promise<string> {
    const path = join(temporaryFolder(), "helper.sock");
    const server = createServer(serve).listen(path);
    await once(server, "listening");
    onTestFinished(() => void server.close());
    return path;
  }

  test("is one there and one back", async () => {
    let heard = "";
    const path = await listening((socket) => {
      socket.on("data", (chunk) => {
        heard += String(chunk);
        socket.end('{"code":1,"stdout":"","stderr":"error: x"}\n');
      });
    });
    expect(await askHelper(["autostart", uuid, "on"], 5000, path)).toMatchObject({ code: 1, stderr: "error: x" });
    expect(heard).toBe(`["autostart","${uuid}","on"]\n`);
  });

  test.each([
    ["no answer", (socket: Socket) => void socket.once("data", () => socket.destroy()), /did not answer/],
    ["half an answer", (socket: Socket) => void socket.end('{"code":0,'), /did not answer/],
    ["another answer", (socket: Socket) => void socket.end('{"code":"0"}\n'), /did not answer/],
    ["too much", (socket: Socket) => void socket.end("x".repeat(100_000)), /says too much/],
  ])("with %s is like a program that could not be started", async (_what, serve, words) => {
    const ran = await askHelper(["autostart", uuid, "on"], 5000, await listening(serve));
    expect(ran).toMatchObject({ code: null, signal: null });
    expect(ran.stderr).toMatch(words);
  });

  test("that nobody answers is given up in time", async () => {
    const path = await listening((socket) => void socket.on("error", () => undefined));
    expect(await askHelper(["autostart", uuid, "on"], 100, path)).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("is not there where there is no helper", async () => {
    const ran = await askHelper(["autostart", uuid, "on"], 100, "/nonexistent/helper.sock");
    expect(ran).toMatchObject({ code: null, stderr: expect.stringContaining("cannot be asked") });
  });
});

test.each([
  ["what is no order", '["destroy","x"]\n', { code: 2, stderr: "not an order" }],
  ["a line that never ends", "x".repeat(longestOrder + 50), { code: 2, stderr: "not an order" }],
  ["nothing at all", "", { code: 2, stderr: "not an order" }],
])("the built helper refuses %s, and says so in its log", async (_what, line, answer) => {
  const child = spawn("/usr/bin/node", ["--jitless", "dist/manchot-helper.mjs"], { stdio: ["pipe", "pipe", "pipe"] });
  let [said, log] = ["", ""];
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  child.stderr.on("data", (chunk) => (log += String(chunk)));
  child.stdin.on("error", () => undefined);
  child.stdin.end(line);
  await once(child, "close");
  expect(JSON.parse(said)).toMatchObject(answer);
  expect(log).toContain("manchot-helper: refused, not an order");
});

test("the built helper ends in order where nobody waits for its answer any more", async () => {
  const child = spawn("/usr/bin/node", ["--jitless", "dist/manchot-helper.mjs"], { stdio: ["pipe", "pipe", "pipe"] });
  let log = "";
  child.stderr.on("data", (chunk) => (log += String(chunk)));
  child.stdout.destroy();
  child.stdin.end("nonsense\n");
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  expect(log.trim().split("\n").at(-1)).toBe("manchot-helper: nobody waits for the answer any more");
});
