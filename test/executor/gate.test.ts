/** The gate: whatever comes in, an answer goes out; the connection lives on, and memory stays what it was. */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { PassThrough, Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Lines } from "../../src/executor/gate/lines.ts";
import { response } from "../../src/protocol/methods.ts";
import { errorCode, maximumLine } from "../../src/protocol/wire.ts";
import { startBench, temporaryFolder } from "./bench.ts";
import { planOf } from "./peer.ts";
import { startBundled } from "./process.ts";

const hello = { jsonrpc: "2.0", id: 7, method: "hello", params: { protocol: 1 } };

const wrong: [string, string, number, number | string | null][] = [
  ["no JSON", "{", errorCode.parse, null],
  ["an empty line", "", errorCode.parse, null],
  ["a batch", JSON.stringify([hello]), errorCode.invalid, null],
  ["null", "null", errorCode.invalid, null],
  ["no id", JSON.stringify({ ...hello, id: undefined }), errorCode.invalid, null],
  ["an id that is an object", JSON.stringify({ ...hello, id: {} }), errorCode.invalid, null],
  ["a key too many", JSON.stringify({ ...hello, identity: "host" }), errorCode.invalid, 7],
  ["another version of JSON-RPC", JSON.stringify({ ...hello, jsonrpc: "1.0" }), errorCode.invalid, 7],
  ["an unknown method", JSON.stringify({ ...hello, method: "shell" }), errorCode.method, 7],
  ["a method of every object", JSON.stringify({ ...hello, method: "constructor" }), errorCode.method, 7],
  ["wrong parameters", JSON.stringify({ ...hello, params: { protocol: "1" } }), errorCode.params, 7],
  ["a parameter too many", JSON.stringify({ ...hello, params: { protocol: 1, as: "host" } }), errorCode.params, 7],
  ["another protocol", JSON.stringify({ ...hello, params: { protocol: 2 } }), errorCode.refused, 7],
  [
    "an unknown ask",
    JSON.stringify({ ...hello, method: "ask", params: { do: "shadow", with: {} } }),
    errorCode.params,
    7,
  ],
  [
    "an ask with too much",
    JSON.stringify({ ...hello, method: "ask", params: { do: "vm.list", with: { x: 1 } } }),
    1,
    7,
  ],
  [
    "a target that begins with -",
    JSON.stringify({ ...hello, method: "plan", params: planOf(randomUUID(), ["-r"]) }),
    errorCode.refused,
    7,
  ],
  [
    "an id in capitals",
    JSON.stringify({ ...hello, method: "plan", params: planOf(randomUUID().toUpperCase(), ["web"]) }),
    errorCode.params,
    7,
  ],
  [
    "a prototype",
    '{"jsonrpc":"2.0","id":7,"method":"hello","params":{"__proto__":{"protocol":1}}}',
    errorCode.params,
    7,
  ],
];

test.each(wrong)("%s is answered with an error, and the next message is served", async (_what, line, code, id) => {
  const peer = (await startBench()).connect();
  await peer.say(line);
  await peer.until(() => peer.answers.length === 1);
  const [answer] = peer.answers;
  expect(response.safeParse(answer).success).toBe(true);
  expect(answer).toMatchObject({ id, error: { code } });
  expect(await peer.value("hello", { protocol: 1 })).toMatchObject({ identity: "bot", host: "bench" });
});

test("whatever comes in, each line is answered once, by a line of the protocol, and the connection lives on", async () => {
  const peer = (await startBench()).connect();
  const id = fc.oneof(fc.uuid(), fc.string(), fc.integer(), fc.constant(null), fc.object());
  const method = fc.oneof(
    fc.constantFrom("hello", "ask", "plan", "apply", "watch", "journal", "__proto__"),
    fc.string(),
  );
  const body = fc.record(
    {
      id: fc.oneof(fc.uuid({ version: 4 }), fc.string()),
      do: fc.oneof(fc.constantFrom("zfs.snapshot", "vm.list", "snapshot.list", "toString"), fc.string()),
      with: fc.oneof(
        fc.jsonValue(),
        fc.record({ targets: fc.array(fc.oneof(fc.constantFrom("web", "tank"), fc.string())) }),
      ),
      origin: fc.oneof(fc.constant({ person: "p", network: "matrix", request: 1 }), fc.jsonValue()),
      hash: fc.string(),
      protocol: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const params = fc.oneof(body, fc.jsonValue());
  const message = fc.record({ jsonrpc: fc.constantFrom("2.0", 2), id, method, params }, { requiredKeys: [] });
  const line = fc.oneof(
    message.map((one) => JSON.stringify(one)),
    fc.string(),
    fc.json(),
  );
  let said = 0;
  await fc.assert(
    fc.asyncProperty(line, async (text) => {
      await peer.say(text.replaceAll("\n", " "));
      said++;
      await peer.until(() => peer.answers.length >= said);
      expect(response.safeParse(peer.answers.at(-1)).success).toBe(true);
      expect(peer.answers.length).toBe(said);
    }),
    { numRuns: Number(process.env.MANCHOT_RUNS ?? "300"), endOnFailure: true },
  );
  expect(await peer.value("hello", { protocol: 1 })).toMatchObject({ identity: "bot" });
});

test("a line that is too long is answered once, skipped to its end, and the next is served", async () => {
  const peer = (await startBench()).connect();
  await peer.say("x".repeat(3 * maximumLine));
  expect(await peer.value("hello", { protocol: 1 })).toMatchObject({ identity: "bot" });
  expect(peer.answers.map(({ error }) => error?.data.reason)).toEqual(["too-large", undefined]);
});

test("a thousand asks at once are each answered, and the last byte of the last line too", async () => {
  const peer = (await startBench()).connect();
  const answers = await Promise.all(Array.from({ length: 1000 }, () => peer.call("ask", { do: "vm.list", with: {} })));
  expect(answers.every(({ result }) => result !== undefined)).toBe(true);
});

test("a peer that asks and never reads is not read from any more, and what waits for it is bounded", async () => {
  const { daemon } = await startBench();
  const input = new PassThrough({ highWaterMark: 1024 });
  const stuck = new Writable({ highWaterMark: 16 * 1024, write: () => undefined });
  const served = daemon.attachStream("bot", input, stuck);
  const line = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ask", params: { do: "host.facts", with: {} } })}\n`;
  let taken = 0;
  for (let quiet = 0; quiet < 20; ) {
    if (input.writableNeedDrain) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      quiet++;
    } else {
      input.write(line);
      taken++;
      quiet = 0;
    }
  }
  expect(taken).toBeLessThan(500);
  expect(stuck.writableLength).toBeLessThan(1024 * 1024);
  stuck.destroy();
  await served;
});

describe("lines", () => {
  test("are the same however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 30 })), fc.array(fc.nat(40)), (texts, cuts) => {
        const whole = Buffer.from(texts.map((text) => `${text.replaceAll("\n", "")}\n`).join(""));
        const parts: Buffer[] = [];
        let rest = whole;
        for (const cut of cuts) {
          parts.push(Buffer.from(rest.subarray(0, cut)));
          rest = rest.subarray(cut);
        }
        const read = (chunks: Buffer[]) => {
          const lines = new Lines(20);
          return chunks.flatMap((chunk) => [...lines.push(chunk)]);
        };
        const expected = texts.map((text) => {
          const line = text.replaceAll("\n", "");
          return Buffer.byteLength(line) > 20
            ? { kind: "too-large" }
            : { kind: "line", text: Buffer.from(line).toString() };
        });
        expect(read([whole])).toEqual(expected);
        expect(read([...parts, rest])).toEqual(expected);
      }),
    );
  });
});

test("10,000 messages of which every 100th is an ask: all are answered, memory stays, the journal too", async () => {
  const folder = temporaryFolder();
  const running = await startBundled(folder);
  const { peer, child } = running;
  const id = randomUUID();
  await peer.value("plan", planOf(id, ["web"]));
  const kinds = [
    () => "{ not json at all",
    () => "x".repeat(maximumLine + 100),
    () => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "rm", params: {} }),
    () => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "apply", params: { id: randomUUID(), hash: "0" } }),
    () => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "plan", params: planOf(id, ["sql"]) }),
    () => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "plan", params: planOf(id, ["web"]) }),
    () => JSON.stringify(Array.from({ length: 50 }, () => ({ jsonrpc: "2.0", id: 1, method: "hello" }))),
  ];
  const rss = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]);
  const measured: number[] = [];
  let asked = 0;
  for (let message = 1; message <= 10_000; message++) {
    if (message % 100 === 0) {
      const vms = await peer.value<{ vms: unknown[] }>("ask", { do: "vm.list", with: {} });
      expect(vms.vms.length).toBeGreaterThan(5);
      asked++;
    } else {
      // A megabyte each time would be ten gigabytes: long lines are one in fifty.
      const kind = kinds[message % 50 === 1 ? 1 : ([0, 2, 3, 4, 5, 6][message % 6] ?? 0)];
      await peer.say(kind?.() ?? "");
    }
    if (message % 1000 === 0) {
      await peer.value("hello", { protocol: 1 });
      measured.push(rss());
    }
  }
  const answered = peer.answers.length;
  const size = readFileSync(`${folder}/executor/journal.jsonl`).length;
  await running.kill();
  expect(asked).toBe(100);
  expect(answered).toBe(10_000 + 10 + 1);
  expect(size).toBeLessThan(100_000);
  console.log(`RSS in MiB after each thousand: ${measured.map((kib) => Math.round(kib / 1024)).join(" ")}`);
  expect(measured.at(-1)).toBeLessThan((measured[1] ?? 0) * 1.05);
}, 120_000);
