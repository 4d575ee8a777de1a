/** The events of a post: small enough, complete, and calling nobody who was not meant. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { contentsOf } from "../../../src/chat/matrix/content.ts";
import { batchOf } from "../../../src/chat/matrix/events.ts";
import { split } from "../../../src/chat/matrix/split.ts";
import type { Incoming } from "../../../src/chat/port.ts";
import type { Block } from "../../../src/conversation/answer.ts";
import { answerTo } from "./rig.ts";

const message = {
  eventId: "$asked",
  account: "@zelie:x",
  label: "@zelie:x",
  venue: { network: "matrix", place: "!r:x", thread: "$root", direct: false, encrypted: false },
} as unknown as Incoming;

const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text: fc.string({ maxLength: 300 }) }),
  fc.record({ kind: fc.constant("code" as const), text: fc.string({ maxLength: 300 }) }),
  fc.record({ kind: fc.constant("list" as const), items: fc.array(fc.string(), { minLength: 1, maxLength: 20 }) }),
  fc.record({
    kind: fc.constant("table" as const),
    columns: fc.constant([{ title: "a" }, { title: "b" }]),
    rows: fc.array(fc.tuple(fc.string(), fc.string()), { minLength: 1, maxLength: 20 }),
  }),
);
const cells = (blocks: readonly Block[]): string =>
  blocks
    .map((one) =>
      one.kind === "list" ? one.items.join("") : one.kind === "table" ? one.rows.flat().join("") : one.text,
    )
    .join("")
    .replaceAll("\n", "");

test("every part fits, and together they hold every word in its order", () => {
  const fits = (part: { readonly blocks: readonly Block[] }) => JSON.stringify(part).length <= 400;
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 6 }), (blocks) => {
      const parts = split({ tone: "facts", blocks }, fits);
      expect(parts.every(fits)).toBe(true);
      expect(cells(parts.flatMap((part) => part.blocks))).toBe(cells(blocks));
    }),
  );
});

test("an edit that is too long edits with its first part and says the rest in the thread", () => {
  const contents = contentsOf(answerTo(message, `${"é".repeat(99)}\n`.repeat(300), { edits: "$earlier" })) as Record<
    string,
    { rel_type?: string }
  >[];
  expect(contents.length).toBeGreaterThan(1);
  expect(contents.map((content) => content["m.relates_to"]?.rel_type)).toEqual([
    "m.replace",
    ...contents.slice(1).map(() => "m.thread"),
  ]);
  for (const content of contents) expect(Buffer.byteLength(JSON.stringify(content))).toBeLessThan(50_000);
  expect(contents.slice(1).every((content) => JSON.stringify(content["m.mentions"]) === "{}")).toBe(true);
});

test.each([
  ["done", "m.text"],
  ["failed", "m.text"],
  ["facts", "m.notice"],
  ["refused", "m.notice"],
  ["problem", "m.notice"],
  ["progress", "m.notice"],
] as const)("an answer of the tone %s is %s: only the end of a change calls", (tone, msgtype) => {
  const answer = { tone, blocks: [{ kind: "text", text: "x" }] } as const;
  expect(contentsOf(answerTo(message, "", { answer }))).toMatchObject([{ msgtype }]);
});

test("a foreign server that forges a friend's name beside its own invite is seen through", () => {
  const member = (sender: string) => ({
    type: "m.room.member",
    state_key: "@manchot:x",
    sender,
    content: { membership: "invite" },
  });
  const sync = {
    next_batch: "s1",
    rooms: {
      invite: { "!r:evil": { invite_state: { events: [member("@zelie:x"), member("@mallory:evil"), 7, null] } } },
    },
  };
  expect(batchOf(sync, "@manchot:x").invites).toEqual([{ room: "!r:evil", inviters: ["@zelie:x", "@mallory:evil"] }]);
});

test("a malformed event spoils no other", () => {
  const good = {
    event_id: "$1",
    type: "m.room.message",
    sender: "@zelie:x",
    origin_server_ts: 1,
    content: { body: "x" },
  };
  const bad = [
    null,
    7,
    "x",
    [],
    {},
    { ...good, event_id: 7 },
    { ...good, content: null },
    { ...good, content: [] },
    { ...good, origin_server_ts: "now" },
  ];
  const sync = {
    next_batch: "s1",
    rooms: { join: { "!r:x": { timeline: { events: [...bad, good], limited: false } } } },
  };
  expect(batchOf(sync, "@manchot:x").joined[0]?.events).toEqual([good]);
});
