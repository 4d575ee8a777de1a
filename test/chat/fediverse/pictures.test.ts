/** Pictures on the Fediverse: with the words of their post, or with why they are missing; once, whatever goes wrong. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Incoming, Outgoing } from "../../../src/chat/port.ts";
import { digestOf, picture } from "../../rig/picture.ts";
import type { Call, Fault } from "../../rig/pleroma/faults.ts";
import { answerTo, fastClock, type Rig, settle, startRig, until } from "./rig.ts";

const upload = "POST /api/v2/media";
const make = "POST /api/v1/statuses";
const one = picture();
const whole = [{ description: one.alt, mimeType: "image/png", digest: digestOf(one) }];

let rig: Rig;
const posts = () => rig.pleroma.statuses({ by: "manchot" });
const counted = (call: string) => rig.pleroma.calls.filter(({ method, path }) => `${method} ${path}` === call).length;

async function ask(visibility = "direct"): Promise<Incoming> {
  rig.pleroma.say("zelie", "@manchot vm screenshot web", { visibility });
  await until(() => rig.inbox.length === 1);
  const [message] = rig.inbox;
  if (message === undefined) throw new Error("nothing came in");
  return message;
}
const shown = (message: Incoming, more: Partial<Outgoing> = {}): Outgoing =>
  answerTo(message, "", {
    answer: { tone: "facts", blocks: [{ kind: "text", text: "The screen of web." }], picture: one },
    language: "en",
    ...more,
  });
/** At the calls of one kind, so many times. */
const at = (call: string, fault: Fault, times = Number.POSITIVE_INFINITY): ((made: Call) => Fault) => {
  let left = times;
  return ({ method, path }) => (`${method} ${path}` === call && left-- > 0 ? fault : "pass");
};

describe("a picture", () => {
  beforeEach(async () => {
    rig = await startRig();
  });
  afterEach(() => rig.stop());

  test("stands in the thread with its words and its description, for who asked and nobody else", async () => {
    const message = await ask();
    const sent = await settle(rig.adapter, shown(message));
    expect(posts()).toMatchObject([
      {
        text: "@zelie The screen of web.",
        pictures: whole,
        visibility: "direct",
        addressed: ["zelie"],
        inReplyTo: message.venue.thread,
      },
    ]);
    expect(sent).toEqual({ kind: "sent", eventId: posts()[0]?.id });
  });

  test("goes with the last of several posts, and progress of before is edited all the same", async () => {
    const message = await ask("unlisted");
    const begun = await settle(rig.adapter, answerTo(message, "0 %"));
    if (begun.kind !== "sent") throw new Error(begun.why);
    const { answer } = shown(message);
    const long = { ...answer, blocks: [{ kind: "text", text: "word ".repeat(1500) }] } as const;
    await settle(rig.adapter, shown(message, { answer: long, edits: begun.eventId }));
    const said = posts();
    expect(said.length).toBeGreaterThan(1);
    expect(said[0]?.id).toBe(begun.eventId);
    expect(said.map(({ pictures }) => pictures)).toEqual([...said.slice(1).map(() => []), whole]);
    expect(said.every(({ visibility }) => visibility === "unlisted")).toBe(true);
  });

  test.each<[string, Fault, RegExp]>([
    [
      "too large, says Pleroma",
      { status: 413, body: '{"errors":{"detail":"Internal server error"}}' },
      /no file of that size/,
    ],
    [
      "too large, says a proxy",
      { status: 413, body: "<html>413 Request Entity Too Large</html>" },
      /no file of that size/,
    ],
    ["not known, says Pleroma", { status: 404, body: '{"error":"Not implemented"}' }, /takes no pictures/],
    ["not known, says a proxy", { status: 404, body: "<html></html>" }, /takes no pictures/],
    [
      "not in the token's scope",
      { status: 403, body: '{"error":"Insufficient permissions: write:media."}' },
      /status 403/,
    ],
    ["not to be read", { status: 422, body: '{"error":"Validation failed"}' }, /status 422/],
  ])("that is refused (%s) leaves its words, which say why", async (_, fault, why) => {
    const message = await ask();
    rig.pleroma.fault = ({ method, path }) => (method === "POST" && path.includes("/media") ? fault : "pass");
    const post = shown(message);
    // At once: there is nothing to wait for.
    expect((await rig.adapter.send(post)).kind).toBe("sent");
    expect(posts()).toMatchObject([
      { text: expect.stringMatching(/^@zelie The screen of web\.\nThe picture is missing/) },
    ]);
    expect(posts()[0]?.text).toMatch(why);
    expect(posts()[0]?.pictures).toEqual([]);
  });

  test("that the server itself finds too large is told so", async () => {
    const { pleroma } = rig;
    const message = await ask();
    pleroma.limitUploads(100);
    expect((await rig.adapter.send(shown(message))).kind).toBe("sent");
    expect(posts()).toMatchObject([{ text: expect.stringContaining("no file of that size"), pictures: [] }]);
  });

  test.each<[string, Fault]>([
    ["hangs", "hang"],
    ["is cut", "reset-before"],
    ["is answered by a proxy's page", { status: 502, body: "<html></html>" }],
    ["fails", { status: 500, body: '{"error":"oops"}' }],
    ["has a strange answer", { status: 200, body: "[]" }],
    ["is limited", { status: 429, body: '{"error":"Throttled"}' }],
  ])("whose upload %s is tried again, not at once; where it never goes, its words go without it", async (_, fault) => {
    const message = await ask();
    rig.pleroma.fault = at(upload, fault);
    const post = shown(message);
    for (const tries of [0, 1, 2]) {
      const delivery = await rig.adapter.send({ ...post, again: tries > 0, tries });
      expect(delivery).toMatchObject({ kind: "retry", afterMs: expect.any(Number) });
      expect(delivery.kind === "retry" && delivery.afterMs).toBeGreaterThanOrEqual(10_000);
      expect(posts()).toEqual([]);
    }
    expect((await rig.adapter.send({ ...post, again: true, tries: 3 })).kind).toBe("sent");
    expect(posts()).toMatchObject([{ text: expect.stringContaining("could not be handed"), pictures: [] }]);
  });

  test("is handed over the old way where a server knows no other, and posted when it is done with it", async () => {
    const message = await ask();
    let looks = 0;
    // Mastodon's documented answers: 202 without an address, 206 while it works, 200 with one.
    rig.pleroma.fault = ({ method, path }) => {
      if (`${method} ${path}` === upload) return { status: 404, body: '{"error":"Not Found"}' };
      if (`${method} ${path}` === "POST /api/v1/media") return { status: 202, body: '{"id":"77","url":null}' };
      if (path !== "/api/v1/media/77") return "pass";
      looks++;
      return looks < 3
        ? { status: 206, body: '{"id":"77","url":null}' }
        : { status: 200, body: '{"id":"77","url":"https://x/77.png"}' };
    };
    expect((await rig.adapter.send(shown(message))).kind).toBe("sent");
    expect(looks).toBe(3);
    // The stand-in leaves out ids that it does not know, as Pleroma does.
    expect(posts()).toMatchObject([{ text: "@zelie The screen of web.", pictures: [] }]);
  });
});

/** One post, with the picture or with why it is missing, whatever happened to which call. */
describe("once and whole", () => {
  afterEach(() => rig.stop());
  const faults: Readonly<Record<string, Fault>> = {
    hang: "hang",
    "reset-before": "reset-before",
    "reset-after": "reset-after",
    "429": { status: 429, body: '{"error":"Throttled"}' },
    "500": { status: 500, body: '{"error":"Internal Server Error"}' },
    "502 of a proxy": { status: 502, body: "<html>Bad Gateway</html>" },
    "413": { status: 413, body: "<html></html>" },
  };
  const cases = Object.keys(faults).flatMap((name) =>
    [upload, make].flatMap((call) => [0, 6 * 3_600_000].map((keepsKeys) => [name, call, keepsKeys] as const)),
  );
  test.each(cases)("%s at %s, with keys kept for %i ms", async (name, call, idempotencyMs) => {
    rig = await startRig({
      idempotencyMs,
      options: {
        clock: fastClock(50),
        timing: { requestMs: 300, startMs: 150_000, pollMs: 1000, postsPerWindow: 1000 },
      },
    });
    const message = await ask();
    const fault = faults[name] ?? "pass";
    rig.pleroma.fault = at(call, fault, 2);
    expect((await settle(rig.adapter, shown(message))).kind).toBe("sent");
    expect(posts()).toHaveLength(1);
    expect(posts()[0]?.text.startsWith("@zelie The screen of web.")).toBe(true);
    const missing = posts()[0]?.text.includes("missing here") ?? false;
    expect(posts()[0]?.pictures).toEqual(missing ? [] : whole);
    expect(missing).toBe(name === "413" && call === upload);
  });

  test("a first try whose end nobody knows, and a second one whose picture is refused: still one post", async () => {
    rig = await startRig({ idempotencyMs: 0 });
    const message = await ask();
    const post = shown(message);
    rig.pleroma.fault = at(make, "reset-after");
    expect((await rig.adapter.send(post)).kind).toBe("unknown");
    rig.pleroma.fault = at(upload, { status: 413, body: "" });
    expect((await rig.adapter.send({ ...post, again: true, tries: 1 })).kind).toBe("sent");
    expect(posts()).toMatchObject([{ pictures: whole }]);
  });

  test("and the other way round: the post that says why the picture is missing is not made again with it", async () => {
    rig = await startRig({ idempotencyMs: 0 });
    const message = await ask();
    const post = shown(message);
    rig.pleroma.fault = (made) => {
      const call = `${made.method} ${made.path}`;
      if (call === upload) return { status: 413, body: "" };
      return call === make ? "reset-after" : "pass";
    };
    expect((await rig.adapter.send(post)).kind).toBe("unknown");
    rig.pleroma.fault = () => "pass";
    expect((await rig.adapter.send({ ...post, again: true, tries: 1 })).kind).toBe("sent");
    expect(posts()).toMatchObject([{ text: expect.stringContaining("missing here"), pictures: [] }]);
    expect(counted(upload)).toBe(1);
  });
});
