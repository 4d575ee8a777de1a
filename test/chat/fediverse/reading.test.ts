/** What is a command and what is none, by one body of each server software and by whatever chance makes of HTML. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Self } from "../../../src/chat/fediverse/account.ts";
import { htmlToLines } from "../../../src/chat/fediverse/html-to-lines.ts";
import { addressed, read } from "../../../src/chat/fediverse/reading.ts";
import { wordsOf } from "../../../src/conversation/words.ts";
import { cpuTime } from "../../rig/cpu-time.ts";

const self: Self = {
  server: "https://social.example",
  id: "BOT",
  actor: "https://social.example/users/manchot",
  links: ["https://social.example/users/manchot", "https://social.example/@manchot"],
  name: "manchot",
  domain: "social.example",
  fullHandles: false,
  pleroma: true,
  forgeable: false,
  maximumPost: 5000,
};
const textOf = (html: string, local = false) => addressed(html, self, local)?.text;
const bot =
  '<span class="h-card"><a class="u-url mention" href="https://social.example/users/manchot">@<span>manchot</span></a></span>';

type Recorded = { readonly server: string; readonly html: string };
const bodies = JSON.parse(readFileSync("test/fixtures/fediverse/mention_html.json", "utf8")) as readonly Recorded[];
const expected: Readonly<Record<string, string | undefined>> = {
  "pleroma text/plain": "snapshot web",
  "pleroma line break": "help",
  mastodon: "status",
  "mastodon long url": "check https://www.site.example/a/long/path?x=1&y=2",
  "mastodon two mentions": undefined,
  misskey: "status web",
  "misskey new": "snapshot web",
  "gotosocial markdown": "",
  "gotosocial pending": "whoami",
  // The raw `<1>` is no tag to a browser either, and `<b>` stands on the second line.
  "snac2 (not escaped)": 'snapshot web --note "q&a <1>"',
  "hashtag is no mention": undefined,
  "mention only in addressing": undefined,
  "bidi and homoglyph": "snapshot \u202Ebew\u202C",
  "smart punctuation": "snapshot web —note «\u00A0avant mise à jour\u00A0»",
};
test.each(bodies)("$server", ({ server, html }) => {
  expect(Object.keys(expected)).toContain(server);
  const known =
    server === "snac2 (not escaped)" ? { ...self, links: ["http://ops.test/manchot"], domain: "ops.test" } : self;
  expect(addressed(html, known, false)?.text).toBe(expected[server]);
});

test("the words step refuses what turns the writing round, and reads what phones write", () => {
  expect(wordsOf(expected["bidi and homoglyph"] ?? "")).toEqual({ ok: false, why: "bidi" });
  const words = wordsOf(expected["smart punctuation"] ?? "");
  expect(words.ok && words.words.map(({ text }) => text)).toEqual(["snapshot", "web", "--note", "avant mise à jour"]);
});

test.each([
  ["a colon behind the mention", `${bot}: help`, "help"],
  ["a comma and a line of its own", `<p>${bot},</p><p>help</p>`, ""],
  ["a zero-width space before it", `\u200b ${bot} help`, "help"],
  ["the bot twice", `${bot} ${bot} help`, "help"],
  ["somebody else, further on", `${bot} help <a class="mention" href="https://a.example/@bob">@bob</a>`, "help @bob"],
  [
    "an address that is no mention",
    `${bot} <a href="https://site.example/">https://site.example/</a>`,
    "https://site.example/",
  ],
  ["nothing behind it", bot, ""],
  ["a full handle that is no link", "@manchot@social.example help", "help"],
  ["line feeds of the source", `${bot}\nhelp\nme`, "help me"],
  ["preformatted text", `<pre>${bot} help\nme</pre>`, "help"],
  ["a script", `<script>x</script>${bot} <style>y</style>help`, "help"],
  ["a quoted post behind it", `${bot} help<span class="quote-inline"><br>RE: x</span>`, "help"],
  ["entities", `${bot} say &lt;b&gt; &amp;amp;`, "say <b> &amp;"],
])("a command: %s", (_, html, text) => {
  expect(textOf(html)).toBe(text);
});

const link = (text: string, href: string, more = 'class="mention"') => `<a ${more} href="${href}">${text}</a> help`;
const actor = self.actor;
test.each([
  ["no mention", "help"],
  ["text before it", `so, ${bot} help`],
  ["somebody else before it", `<a class="mention" href="https://a.example/@bob">@bob</a> ${bot} help`],
  ["somebody else behind it", `${bot} <a class="mention" href="https://a.example/@bob">@bob</a> help`],
  ["somebody behind it who is no link", `${bot} @bob help`],
  ["somebody in fullwidth letters behind it", `${bot} ＠bob help`],
  ["words glued to it", `${bot}help`],
  ["a Cyrillic letter in a link elsewhere", link("@m\u0430nchot", "https://social.example/users/m%D0%B0nchot")],
  ["a Cyrillic letter on a link to the bot", link("@m\u0430nchot", actor)],
  ["a Cyrillic letter in text", "@m\u0430nchot@social.example help"],
  ["another domain", link("@manchot", "https://social.example.evil.example/users/manchot")],
  ["another domain in text", "@manchot@social.example.evil.example help"],
  ["another domain on a link to the bot", link("@manchot@evil.example", actor)],
  ["another port", link("@manchot", "https://social.example:8443/users/manchot")],
  ["another port in text", "@manchot@social.example:8443 help"],
  ["another scheme", link("@manchot", "http://social.example/users/manchot")],
  ["another path", link("@manchot", `${actor}/`)],
  ["capitals in the link", link("@MANCHOT", "https://social.example/users/MANCHOT")],
  ["capitals in text", "@Manchot@social.example help"],
  ["a user part in the link", link("@manchot", "https://social.example@evil.example/users/manchot")],
  ["the bot's handle on a link elsewhere", link("@manchot@social.example", "https://evil.example/")],
  ["a link of another word to the bot", link("click", actor)],
  ["a hashtag", link("#manchot", "https://social.example/tag/manchot", 'class="mention hashtag"')],
  ["a hashtag on the bot's link", link("@manchot", actor, 'class="hashtag"')],
  ["a mention that is only added for addressing", `<span class="recipients-inline">${bot} </span>help`],
  ["a mention in what is not seen", `<template>${bot}</template> help`],
  ["a comment", `<!-- ${bot} --> help`],
  ["a short handle that is no link, from afar", "@manchot help"],
])("no command: %s", (_, html) => {
  expect(addressed(html, self, false)).toBeUndefined();
});

test("a short handle that is no link counts from the bot's own server alone", () => {
  expect(textOf("@manchot help", true)).toBe("help");
  expect(textOf("@manchotte help", true)).toBeUndefined();
  expect(textOf("@manchot@evil.example help", true)).toBeUndefined();
});

test("only where nobody else is mentioned anywhere in it, a post is for the bot alone", () => {
  expect(addressed(`${bot} quota`, self, false)?.alone).toBe(true);
  expect(addressed(`${bot} quota<br>cc <a href="https://a.example/@bob">@<b>bob</b></a>`, self, false)?.alone).toBe(
    false,
  );
});

test("a first line that is cut off is refused whole, not read as a shorter command", () => {
  const text = textOf(`${bot} vm stop web${"<i></i>".repeat(20_000)} not`);
  expect(wordsOf(text ?? "")).toEqual({ ok: false, why: "too-long" });
  expect(wordsOf(textOf(`${bot} ${"x".repeat(2001)}`) ?? "")).toEqual({ ok: false, why: "too-long" });
  expect(textOf(`${bot} vm stop web<br>please${"<i></i>".repeat(20_000)}`)).toBe("vm stop web");
});

const fragments = fc.constantFrom(
  "<p>",
  "</p>",
  "<br>",
  "<pre>",
  "</pre>",
  "<a href='https://social.example/users/manchot'>",
  "</a>",
  "@manchot",
  "<a class=mention href=//x>",
  "<span class=invisible>",
  "<div class=gts-system-message>",
  "</div>",
  "<template>",
  "<table><td>",
  "<svg>",
  "<math>",
  "<script>",
  "</script>",
  "<!--",
  "-->",
  "<![CDATA[",
  "&amp",
  "&#0;",
  "&#x10FFFF;",
  "\u0000",
  "\ud800",
  "\u202e",
  "@bob",
  "help",
  " ",
  "\n",
  "<",
  ">",
  "'",
  '"',
  "<textarea>",
  "</select>",
  "<plaintext>",
);
const html = fc
  .array(fc.oneof(fragments, fc.string({ unit: "binary" })), { maxLength: 40 })
  .map((parts) => parts.join(""));

test("no HTML makes it throw, and no line holds a line's end", () => {
  fc.assert(
    fc.property(html, fc.boolean(), (content, local) => {
      for (const line of htmlToLines(content)) for (const { text } of line) expect(text).not.toMatch(/[\n\r]/u);
      addressed(content, self, local);
    }),
    { numRuns: 2000 },
  );
});

test("text that a mention of the bot does not lead never becomes a command", () => {
  const word = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
    .filter((text) => /[\p{L}\p{N}]/u.test(text));
  const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  fc.assert(
    fc.property(word, html, (first, rest) => {
      fc.pre(!first.trim().startsWith("@manchot"));
      expect(addressed(`<p>${escaped(first)} ${bot} ${rest}</p>`, self, true)).toBeUndefined();
    }),
    { numRuns: 2000 },
  );
});

test("work grows with the length and no faster", () => {
  const shapes: readonly ((n: number) => string)[] = [
    (n) => "<b a=1><i><p>".repeat(n),
    (n) => `${"<div>".repeat(n)}${"</div>".repeat(n)}`,
    (n) => `${bot} `.repeat(n / 8),
    (n) => "@manchot ".repeat(n),
    (n) => "<a href=x> </a><a href=y> </a>".repeat(n / 4),
    (n) => `<a ${Array.from({ length: n }, (_, i) => `a${i}=1`).join(" ")}>`,
    (n) => "<template><script>".repeat(n),
    (n) => "\u200b".repeat(n * 4),
    (n) => `<pre>${"\n".repeat(n * 4)}`,
  ];
  for (const shape of shapes) {
    const time = (html: string) => cpuTime(() => void addressed(html, self, true));
    const [small, large] = [shape(800), shape(6400)];
    time(small);
    // Eight times the length; noise and warm-up leave room, a square would be 64 times.
    expect(time(large), shape.toString()).toBeLessThan(24 * Math.max(time(small), 1));
  }
});

const notification = (more: { readonly status?: object; readonly account?: object; readonly type?: string } = {}) => {
  const account = {
    id: "ZELIE",
    acct: "zelie",
    url: "https://social.example/users/zelie",
    bot: false,
    pleroma: { ap_id: "https://social.example/users/zelie" },
    ...more.account,
  };
  const status = {
    id: "S1",
    uri: "https://social.example/objects/1",
    account,
    content: `${bot} help`,
    created_at: "2026-11-25T04:00:00.000Z",
    visibility: "direct",
    edited_at: null,
    reblog: null,
    mentions: [{ id: "BOT", url: actor, acct: "manchot", username: "manchot" }],
    ...more.status,
  };
  return { id: "4", type: more.type ?? "mention", account, status };
};
test("a plain mention is read", () => {
  expect(read(notification(), self)).toMatchObject({ kind: "words", text: "help", alone: true });
});
test.each([
  ["a favourite", { type: "favourite" }, "no mention"],
  ["a boost's", { status: { reblog: {} } }, "boosted"],
  ["an edited one", { status: { edited_at: "2026-11-25T04:00:01.000Z" } }, "edited"],
  ["somebody else's post", { status: { account: { ...notification().account, id: "ALICE" } } }, "not its author's"],
  [
    "the same id with another actor",
    { status: { account: { ...notification().account, pleroma: { ap_id: "https://evil.example/u" } } } },
    "not its author's",
  ],
  ["one of no actor", { account: { pleroma: {} } }, "not its author's"],
  ["a bot's", { account: { bot: true } }, "a bot"],
  ["one who moved", { account: { moved: { id: "1" } } }, "moved"],
  ["the bot's own", { account: { id: "BOT" } }, "own"],
  ["one without content", { status: { content: null } }, "not readable"],
  ["a strange id", { account: { id: "../x" } }, "not readable"],
  ["one of no visibility", { status: { visibility: null } }, "not readable"],
])("nothing: %s", (_, more, why) => {
  expect(read(notification(more), self)).toEqual({ kind: "nothing", why });
});
test("whoever else is addressed makes it not one to one", () => {
  const mentions = [{ id: "BOB", url: "https://a.example/bob" }];
  expect(read(notification({ status: { mentions } }), self)).toMatchObject({ kind: "words", alone: false });
  const numbered = [{ id: "0", url: actor }];
  expect(read(notification({ status: { mentions: numbered } }), self)).toMatchObject({ kind: "words", alone: true });
});
test("whatever a server sends is read or left alone", () => {
  fc.assert(fc.property(fc.anything(), (raw) => void expect(read(raw, self)).toMatchObject({ kind: "nothing" })));
});
