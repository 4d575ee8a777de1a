/** Starting, stopping, and the stream that only wakes. */
import { afterEach, expect, test } from "vitest";
import { fediverseNetwork } from "../../../src/chat/fediverse/network.ts";
import { testLog } from "../../rig/logs.ts";
import { type Pleroma, startPleroma } from "../../rig/pleroma/pleroma.ts";
import { answerTo, createMemory, quick, type Rig, startRig, until } from "./rig.ts";

let rig: Rig | undefined;
let pleroma: Pleroma | undefined;
afterEach(async () => {
  await rig?.stop();
  rig = undefined;
  if (pleroma !== undefined) pleroma.fault = () => "pass";
  await pleroma?.stop();
  pleroma = undefined;
});

async function starting(
  more: { readonly user?: string; readonly accessToken?: string; readonly server?: string } = {},
): Promise<{ readonly why: string; readonly ms: number; readonly log: string }> {
  pleroma ??= await startPleroma({ users: ["manchot", "zelie"] });
  const lines: string[] = [];
  const adapter = fediverseNetwork({
    server: pleroma.url,
    accessToken: pleroma.user("manchot").token,
    memory: createMemory(),
    log: testLog(lines),
    timing: { ...quick, startMs: 800 },
    ...more,
  });
  const begun = performance.now();
  const why = await adapter
    .start(() => undefined)
    .then(
      () => "started",
      (fault: Error) => fault.message,
    );
  const ms = performance.now() - begun;
  await adapter.stop();
  return { why, ms, log: lines.join("") };
}

test("a token that is not accepted is told, with the mend, and not shown", async () => {
  const secret = "not-the-token-of-anybody";
  const { why, log } = await starting({ accessToken: secret });
  expect(why).toMatch(/does not accept the access token.*To resolve/u);
  expect(why + log).not.toContain(secret);
});

test("a token of another account than the configured one is told", async () => {
  const { why } = await starting({ user: "@penguin@127.0.0.1" });
  expect(why).toMatch(/belongs to @manchot@127\.0\.0\.1.*says @penguin@127\.0\.0\.1.*To resolve/u);
  expect((await starting({ user: "@manchot@elsewhere.example" })).why).toMatch(/belongs to/u);
  expect((await starting({ user: "@manchot@127.0.0.1" })).why).toBe("started");
});

test.each([
  ["hangs", "hang"],
  ["answers with a page", { status: 200, body: "<html></html>" }],
  ["breaks off", "reset-before"],
] as const)("a server that %s is waited for so long and no longer", async (_, fault) => {
  pleroma = await startPleroma({ users: ["manchot"] });
  pleroma.fault = () => fault;
  const { why, ms } = await starting();
  expect(why).toMatch(/does not answer as a Fediverse server.*To resolve/u);
  expect(ms).toBeLessThan(3000);
});

test("a server that does not show its notifications is not waited for for ever", async () => {
  pleroma = await startPleroma({ users: ["manchot"] });
  pleroma.fault = ({ route }) => (route === "/api/v1/notifications" ? "hang" : "pass");
  const { why, ms } = await starting();
  expect(why).toMatch(/did not show its notifications within 800 ms.*To resolve/u);
  expect(ms).toBeLessThan(3000);
});

/** What keeps a process alive, but for what the test runner has. */
const alive = (): Readonly<Record<string, number>> => {
  const kinds: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return kinds;
};

test.each([
  ["while nothing happens", () => "pass" as const],
  ["while the server hangs", () => "hang" as const],
  [
    "while the stream is not answered",
    ({ route }: { route: string }) => (route === "/api/v1/streaming" ? "hang" : "pass"),
  ],
] as const)("it stops within half a second and leaves nothing: %s", async (_, fault) => {
  rig = await startRig({ options: { timing: { ...quick, requestMs: 30_000, handshakeMs: 30_000 } } });
  rig.pleroma.say("zelie", "@manchot help");
  await until(() => rig?.inbox.length === 1);
  const message = rig.inbox[0];
  if (message === undefined) throw new Error("nothing");
  rig.pleroma.fault = fault;
  rig.pleroma.closeStreams(1006);
  const sending = Array.from({ length: 3 }, () => rig?.adapter.send(answerTo(message, "fine")));
  await new Promise((resolve) => setTimeout(resolve, 1700));
  const begun = performance.now();
  await rig.halt();
  expect(performance.now() - begun).toBeLessThan(500);
  await Promise.all(sending);
  expect(performance.now() - begun).toBeLessThan(700);
  await until(() => rig?.pleroma.streams === 0);
  const late = await rig.adapter.send(answerTo(message, "late"));
  expect(late).toMatchObject({ kind: "retry" });
  const { length } = rig.delivered;
  rig.pleroma.say("zelie", "@manchot late");
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(rig.delivered.length).toBe(length);
});

test("starting and stopping many times leaves no timer and no socket", async () => {
  pleroma = await startPleroma({ users: ["manchot", "zelie"] });
  await starting();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = alive();
  for (let n = 0; n < 10; n++) expect((await starting()).why).toBe("started");
  await new Promise((resolve) => setTimeout(resolve, 200));
  const after = alive();
  for (const kind of ["Timeout", "TCPSocketWrap", "TCPWRAP", "PipeWrap"])
    expect([kind, after[kind] ?? 0]).toEqual([kind, before[kind] ?? 0]);
});

test("the stream wakes the poll at once", async () => {
  rig = await startRig({ options: { timing: { ...quick, pollMs: 60_000, streamedPollMs: 60_000 } } });
  await until(() => rig?.pleroma.streams === 1);
  await new Promise((resolve) => setTimeout(resolve, 100));
  rig.pleroma.say("zelie", "@manchot help");
  await until(() => rig?.inbox.length === 1, 2000);
});

test("whatever a stream says only wakes", async () => {
  rig = await startRig({ options: { timing: { ...quick, pollMs: 60_000, streamedPollMs: 60_000 } } });
  await until(() => rig?.pleroma.streams === 1);
  for (const frame of ["", "null", '{"event":"notification","payload":"{}"}', "x".repeat(100_000)])
    rig.pleroma.frame("manchot", frame);
  rig.pleroma.say("zelie", "@manchot help");
  await until(() => rig?.inbox.length === 1, 2000);
  expect(rig.pleroma.streams).toBe(1);
});

test.each([1000, 1006] as const)(
  "a stream that is closed with %i is opened again, and what came meanwhile is read",
  async (code) => {
    rig = await startRig({ options: { timing: { ...quick, pollMs: 60_000, streamedPollMs: 60_000 } } });
    await until(() => rig?.pleroma.streams === 1);
    rig.pleroma.closeStreams(code);
    rig.pleroma.say("zelie", "@manchot help");
    await until(() => rig?.pleroma.streams === 1 && rig.inbox.length === 1, 5000);
  },
);

test("a stream that answers no ping is given up and opened again", async () => {
  rig = await startRig();
  await until(() => rig?.pleroma.streams === 1);
  rig.pleroma.pongs = false;
  const handshakes = () => rig?.pleroma.calls.filter(({ route }) => route === "/api/v1/streaming").length ?? 0;
  const before = handshakes();
  await until(() => handshakes() > before, 5000);
});

test("a server without a stream is polled, which is told once", async () => {
  rig = await startRig({
    fault: ({ route }) => (route === "/api/v1/streaming" ? { status: 404, body: "<h1>404 Not Found</h1>" } : "pass"),
  });
  rig.pleroma.say("zelie", "@manchot help");
  await until(() => rig?.inbox.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(rig.log.filter((line) => line.includes("has no event stream"))).toHaveLength(1);
  expect(rig.pleroma.calls.filter(({ route }) => route === "/api/v1/streaming")).toHaveLength(1);
});

test("a token that is taken back is told without being shown; with it accepted again, what came meanwhile is read", async () => {
  rig = await startRig();
  const { token } = rig.pleroma.user("manchot");
  rig.pleroma.revoke("manchot");
  rig.pleroma.say("zelie", "@manchot help");
  await until(() => rig?.log.some((line) => line.includes("Invalid credentials")) === true);
  const fresh = rig.pleroma.tokenFor("manchot", "read", "write");
  await rig.restart({ accessToken: fresh });
  await until(() => rig?.inbox.length === 1);
  expect(rig.log.join("")).not.toContain(token);
  expect(rig.log.join("")).not.toContain(fresh);
});
