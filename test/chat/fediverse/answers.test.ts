/** How answers come out: how wide, to whom, in how many parts, and by edits. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Incoming } from "../../../src/chat/port.ts";
import { answerTo, fastClock, type Rig, settle, startRig, until } from "./rig.ts";

let rig: Rig;
async function ask(visibility: string, text = "@manchot help"): Promise<Incoming> {
  const { length } = rig.inbox;
  rig.pleroma.say("zelie", text, { visibility });
  await until(() => rig.inbox.length > length);
  const message = rig.inbox.at(-1);
  if (message === undefined) throw new Error("nothing came in");
  return message;
}
const posts = () => rig.pleroma.statuses({ by: "manchot" });

describe("on a server of long posts", () => {
  beforeEach(async () => {
    rig = await startRig({ users: ["monday", "room"] });
  });
  afterEach(() => rig.stop());

  test.each([
    ["public", "unlisted"],
    ["unlisted", "unlisted"],
    ["private", "direct"],
    ["local", "direct"],
    ["direct", "direct"],
  ])("what was asked %s is answered %s", async (asked, answered) => {
    const message = await ask(asked);
    expect(message.venue.visibility).toBe(asked);
    expect((await settle(rig.adapter, answerTo(message, "fine"))).kind).toBe("sent");
    expect(posts()).toMatchObject([{ visibility: answered, addressed: ["zelie"], text: "@zelie fine" }]);
  });

  test.each(["list:1", "mutuals_only", "", undefined])(
    "a width that is not known (%s) is answered directly",
    async (visibility) => {
      const { venue, ...message } = await ask("public");
      const { visibility: _, ...rest } = venue;
      const strange = { ...message, venue: visibility === undefined ? rest : { ...rest, visibility } };
      expect((await settle(rig.adapter, answerTo(strange, "fine"))).kind).toBe("sent");
      expect(posts()).toMatchObject([{ visibility: "direct" }]);
    },
  );

  test("an answer calls nobody but who asked, whatever stands in it", async () => {
    const message = await ask("direct");
    const words = '@alice tank/web@monday (@room) "@alice" ＠alice @alice@127.0.0.1 a.@alice\n@monday:\n- @alice';
    await settle(rig.adapter, answerTo(message, words));
    const [answer] = posts();
    expect(answer?.addressed).toEqual(["zelie"]);
    expect(answer?.text).toContain("tank/web@monday");
  });

  test("progress is edited, the result is a reply of its own", async () => {
    const message = await ask("unlisted");
    const begun = await settle(rig.adapter, answerTo(message, "0 %"));
    if (begun.kind !== "sent") throw new Error(begun.why);
    const edited = await settle(rig.adapter, answerTo(message, "50 %", { edits: begun.eventId }));
    expect(edited).toEqual({ kind: "sent", eventId: begun.eventId });
    await settle(rig.adapter, answerTo(message, "done"));
    expect(posts()).toMatchObject([
      { id: begun.eventId, text: "@zelie 50 %", versions: ["@zelie 0 %", "@zelie 50 %"], visibility: "unlisted" },
      { text: "@zelie done", inReplyTo: message.venue.thread },
    ]);
  });

  test("an edit of a post that is gone is rejected, and so is an answer to a post that is gone", async () => {
    const message = await ask("direct");
    const begun = await settle(rig.adapter, answerTo(message, "0 %"));
    if (begun.kind !== "sent") throw new Error(begun.why);
    rig.pleroma.delete(begun.eventId);
    expect(await rig.adapter.send(answerTo(message, "50 %", { edits: begun.eventId }))).toMatchObject({
      kind: "rejected",
    });
    rig.pleroma.delete(message.venue.thread);
    expect(await rig.adapter.send(answerTo(message, "done"))).toMatchObject({ kind: "rejected" });
  });

  test("what was asked directly is not gone on with in public", async () => {
    const direct = await ask("direct");
    const open = await ask("unlisted");
    rig.pleroma.say("zelie", "@manchot more", { visibility: "direct", inReplyTo: open.venue.thread });
    await until(() => rig.inbox.length === 3);
    expect(rig.inbox[2]?.venue.place).not.toBe(open.venue.place);
    rig.pleroma.say("zelie", "@manchot again", { visibility: "direct", inReplyTo: direct.venue.thread });
    await until(() => rig.inbox.length === 4);
    expect(rig.inbox[3]?.venue.place).toBe(direct.venue.place);
  });
});

describe("on a server of short posts", () => {
  const most = 120;
  beforeEach(async () => {
    rig = await startRig({ characters: most });
  });
  afterEach(() => rig.stop());
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n + 1}${" é🐧".repeat(n % 7)}`);

  test("a long answer is split at its lines, each part a reply to the one before, each to who asked", async () => {
    const message = await ask("direct");
    const sent = await settle(rig.adapter, answerTo(message, lines.join("\n")));
    const parts = posts();
    expect(sent).toEqual({ kind: "sent", eventId: parts[0]?.id });
    expect(parts.map(({ inReplyTo }) => inReplyTo)).toEqual([
      message.venue.thread,
      ...parts.slice(0, -1).map(({ id }) => id),
    ]);
    expect(parts.flatMap(({ text }) => text.replace(/^@zelie /u, "").split("\n"))).toEqual(lines);
    for (const { text, visibility, addressed } of parts) {
      expect([...text].length).toBeLessThanOrEqual(most);
      // A reply to one's own post is addressed to oneself, too.
      const others = addressed.filter((acct) => acct !== "manchot");
      expect({ visibility, addressed: others }).toEqual({ visibility: "direct", addressed: ["zelie"] });
    }
  });

  test("a line that is too long for a post is split at its spaces, or anywhere", async () => {
    const message = await ask("direct");
    const words = `${"word ".repeat(40)}${"x".repeat(300)}`;
    await settle(rig.adapter, answerTo(message, words));
    const said = posts().map(({ text }) => text.replace(/^@zelie /u, ""));
    expect(said.join("").replaceAll(" ", "")).toBe(words.replaceAll(" ", ""));
    for (const text of said.slice(0, -5)) expect(text).toMatch(/^word( word)*$/u);
  });

  test("an edit that became too long goes on in replies", async () => {
    const message = await ask("unlisted");
    const begun = await settle(rig.adapter, answerTo(message, "0 %"));
    if (begun.kind !== "sent") throw new Error(begun.why);
    const long = lines.slice(0, 12).join("\n");
    expect(await settle(rig.adapter, answerTo(message, long, { edits: begun.eventId }))).toEqual(begun);
    const [edited, ...others] = posts();
    expect(edited?.id).toBe(begun.eventId);
    expect(others[0]?.inReplyTo).toBe(begun.eventId);
    expect(
      posts()
        .flatMap(({ text }) => text.replace(/^@zelie /u, "").split("\n"))
        .join("|"),
    ).toBe(
      lines
        .slice(0, 12)
        .map((line) => line.trim())
        .join("|"),
    );
  });
});

describe("where the server does not make a post", () => {
  afterEach(() => rig.stop());

  test("a limit that is met nevertheless is waited for, with a new key: Pleroma repeats its answer to an old one", async () => {
    rig = await startRig({
      posts: 3,
      options: { clock: fastClock(2), timing: { pollMs: 100, startMs: 6000, postsPerWindow: 1000 } },
    });
    const message = await ask("direct");
    for (let n = 1; n <= 7; n++)
      expect((await settle(rig.adapter, answerTo(message, `number ${n}`))).kind).toBe("sent");
    expect(posts().map(({ text }) => text)).toEqual(Array.from({ length: 7 }, (_, n) => `@zelie number ${n + 1}`));
    expect(
      rig.pleroma.calls.filter(({ route, method }) => method === "POST" && route === "/api/v1/statuses").length,
    ).toBeGreaterThan(7);
  });

  test.each([
    ["a fault of the server's own uses the key up, once nothing was found of the post", '{"error":"oops"}', "retry"],
    ["a proxy's page leaves it open", "<html></html>", "unknown"],
  ])("%s", async (_, body, kind) => {
    rig = await startRig();
    const message = await ask("direct");
    rig.pleroma.fault = ({ method }) => (method === "POST" ? { status: 500, body } : "pass");
    const delivery = await rig.adapter.send(answerTo(message, "fine"));
    expect(delivery.kind).toBe(kind);
    expect("spent" in delivery).toBe(kind === "retry");
    rig.pleroma.fault = () => "pass";
  });
});
