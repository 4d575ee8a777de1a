/** What an event means to the bot, from the event alone: bodies as Element, other clients, and nobody in good faith writes them. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MatrixEvent } from "../../../src/chat/matrix/events.ts";
import { leadingPill } from "../../../src/chat/matrix/pill.ts";
import { read } from "../../../src/chat/matrix/reading.ts";
import { cpuTime } from "../../rig/cpu-time.ts";

const self = "@manchot:liberta.example";
const handles = [self, "@manchot", "manchot:"];
const event = (content: Record<string, unknown>, more: Partial<MatrixEvent> = {}): MatrixEvent => ({
  event_id: "$event",
  type: "m.room.message",
  sender: "@zelie:liberta.example",
  origin_server_ts: 1,
  content: { msgtype: "m.text", ...content },
  ...more,
});
const words = (content: Record<string, unknown>) => {
  const reading = read(event(content), self, handles);
  return reading.kind === "words" ? reading.addressed : reading.kind;
};
const html = (formatted_body: string) => ({ format: "org.matrix.custom.html", formatted_body });
const link = (label: string, href = `https://matrix.to/#/${self}`) => `<a href="${href}">${label}</a>`;

describe("the leading mention", () => {
  test.each([
    [{ body: "@manchot:liberta.example snapshot web" }],
    [{ body: "@manchot:liberta.example: snapshot web" }],
    [{ body: "@manchot snapshot web" }],
    [{ body: "@Manchot, snapshot web" }],
    [{ body: "manchot: snapshot web" }],
    [{ body: "Le Manchot snapshot web", ...html(`${link("Le Manchot")} snapshot web`) }],
    [{ body: "Le Manchot: snapshot web", ...html(`<p>${link("Le Manchot")}: snapshot web</p>`) }],
    [{ body: "L'<ami> & co snapshot web", ...html(`${link("L&#39;&lt;ami&gt; &amp; co")} snapshot web`) }],
    [{ body: `[Manchot](https://matrix.to/#/${self}) snapshot web`, ...html(`${link("Manchot")} snapshot web`) }],
    [
      {
        body: "Manchot snapshot web",
        ...html(`${link("Manchot", "https://matrix.to/#/%40manchot%3Aliberta.example?via=x")} snapshot web`),
      },
    ],
    [
      {
        body: "> <@zelie:liberta.example> hé\n\nLe Manchot snapshot web",
        "m.relates_to": { "m.in_reply_to": { event_id: "$x" } },
        ...html(`<mx-reply><blockquote>hé</blockquote></mx-reply>${link("Le Manchot")} snapshot web`),
      },
    ],
    [{ body: "@manchot snapshot web\n@manchot destroy web" }],
  ])("leads %j", (content) => {
    expect(words(content)).toBe("snapshot web");
  });

  test.each([
    [
      "a pill of another",
      {
        body: "Manchot snapshot web",
        ...html(`${link("Manchot", "https://matrix.to/#/@manchot:elsewhere.example")} snapshot web`),
      },
    ],
    [
      "a pill inside the text",
      { body: "dis, Le Manchot snapshot web", ...html(`dis, ${link("Le Manchot")} snapshot web`) },
    ],
    [
      "a pill in a quoted reply",
      { body: "snapshot web", ...html(`<mx-reply>${link("snapshot")}</mx-reply>snapshot web`) },
    ],
    ["only m.mentions", { body: "snapshot web", "m.mentions": { user_ids: [self] } }],
    ["the plain word", { body: "manchot est en panne" }],
    ["a look-alike", { body: "@manchotte snapshot web" }],
    ["another server", { body: "@manchot:elsewhere.example snapshot web" }],
    ["a broken link", { body: "Le Manchot x", ...html('<a href="https://matrix.to/#/%E0%A4%A">Le Manchot</a> x') }],
    ["HTML of another format", { body: "Le Manchot x", format: "x", formatted_body: `${link("Le Manchot")} x` }],
  ])("does not lead: %s", (_name, content) => {
    expect(words(content)).toBeUndefined();
  });

  test("hangs on the thread it stands in, else on itself", () => {
    expect(read(event({ body: "x" }), self, handles)).toMatchObject({ thread: "$event" });
    const inThread = {
      body: "x",
      "m.relates_to": {
        rel_type: "m.thread",
        event_id: "$root",
        "m.in_reply_to": { event_id: "$last" },
        is_falling_back: true,
      },
    };
    expect(read(event(inThread), self, handles)).toMatchObject({ thread: "$root" });
    expect(
      read(event({ body: "x", "m.relates_to": { rel_type: "m.thread", event_id: 7 } }), self, handles),
    ).toMatchObject({ thread: "$event" });
  });

  test("no content makes it throw, and only text of somebody else's is ever words", () => {
    const keys = fc.constantFrom("msgtype", "body", "format", "formatted_body", "m.relates_to", "m.new_content");
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom("m.text", "m.notice", "org.matrix.custom.html"),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.dictionary(keys, value), fc.constantFrom(self, "@zelie:x"), (content, sender) => {
        const reading = read(event(content as Record<string, unknown>, { sender }), self, handles);
        if (reading.kind !== "words") return;
        expect(sender).not.toBe(self);
        expect({ msgtype: "m.text", ...content }.msgtype).toBe("m.text");
      }),
    );
  });

  test("a pill's HTML takes time in proportion to its length", () => {
    for (const part of ['<a href="', "<mx-reply>", " ", "<p>", "<a href='x'>", "&amp;"]) {
      const [short, long] = [25_000, 200_000].map((times) => {
        const text = part.repeat(times);
        return cpuTime(() => void leadingPill(text, self));
      });
      // Eight times the text; a square would take sixty-four times as long.
      expect(long).toBeLessThan(24 * (short ?? 0) + 20);
    }
  });
});
