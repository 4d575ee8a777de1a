/** Pictures beside the words: what they are called, and that the words are the same with them and without. */
import { basename } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { missingLength, textsOf, withMissing } from "../../src/chat/fediverse/compose.ts";
import { contentsOf } from "../../src/chat/matrix/content.ts";
import { withFile } from "../../src/chat/terminal/picture-file.ts";
import type { Answer, Block, Picture } from "../../src/conversation/answer.ts";
import { fileName, type Missing, missingText } from "../../src/conversation/picture.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { languages, say } from "../../src/languages/index.ts";
import { request } from "../commands/fixtures.ts";
import { picture } from "../rig/picture.ts";

const missing: readonly Missing[] = [
  { kind: "missing", why: "too-large" },
  { kind: "missing", why: "not-taken" },
  { kind: "missing", why: "refused", status: 403 },
  { kind: "missing", why: "unanswered" },
  { kind: "missing", why: "unwritten", code: "ENAMETOOLONG" },
];
const big = { ...picture(), png: "A".repeat(700 * 1024) };

test("a file's name is a plain one, whatever the VM is called and the host's clock says", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.maxSafeInteger(), (vm, taken) => {
      const name = fileName(vm, taken);
      expect(name).toMatch(/^screen-[\p{L}\p{N}_-]*-[\dTZ+]+\.png$/u);
      expect(basename(name)).toBe(name);
      expect(Buffer.byteLength(name)).toBeLessThan(255);
    }),
  );
  expect(fileName("web", 1_795_622_412)).toBe("screen-web-20261125T160012Z.png");
});

test("why a picture is missing is told in full in the room that is left for it, in both languages", () => {
  for (const language of languages) {
    const texts = missing.map((one) => missingText(one, big, say(language)));
    expect(new Set(texts).size).toBe(missing.length);
    for (const text of texts) {
      expect([...text].length).toBeLessThan(missingLength);
      expect(text).toMatch(/missing here|manque ici/);
    }
    expect(texts[0]).toMatch(/525 K/);
  }
});

const words = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 200 }),
  fc.nat(200).map((count) => "mot ".repeat(count)),
);
const block: fc.Arbitrary<Block> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), text: words }),
  fc.record({ kind: fc.constant("code" as const), text: words }),
  fc.record({ kind: fc.constant("list" as const), items: fc.array(words, { minLength: 1, maxLength: 5 }) }),
);
const answers = fc.record({
  tone: fc.constantFrom("done" as const, "facts" as const, "failed" as const),
  blocks: fc.array(block, { minLength: 1, maxLength: 5 }),
});
const pictures = fc.record({
  png: fc.base64String(),
  alt: words,
  name: fc.constant("screen-x.png"),
  width: fc.nat(),
  height: fc.nat(),
});
const outgoing = (answer: Answer) => ({
  ...{
    venue: request.venue,
    inReplyTo: "$1",
    account: request.account,
    label: "Zélie",
    answer,
    language: "fr" as const,
  },
  ...{ key: "k", again: false, tries: 0, parts: [] },
});
const self = {
  ...{ server: "", id: "", actor: "", links: [], name: "", domain: "", forgeable: false, fullHandles: false },
  pleroma: true,
};
const pressed = (text: string): string => text.replace(/\s/gu, "");

test("whatever the picture, the words are the same on all networks", () => {
  fc.assert(
    fc.property(answers, pictures, fc.integer({ min: 100, max: 900 }), (answer, one: Picture, maximumPost) => {
      const both: Answer = { ...answer, picture: one };
      expect(plain(both)).toBe(plain(answer));
      expect(contentsOf(outgoing(both))).toEqual(contentsOf(outgoing(answer)));
      const unwritable = withFile(outgoing(both), () => "/dev/null/no");
      expect(unwritable.answer.blocks.slice(0, answer.blocks.length)).toEqual(answer.blocks);
      const posts = textsOf(both, "zelie", { ...self, maximumPost });
      const said = (texts: readonly string[]): string =>
        pressed(texts.map((text) => text.slice("@zelie ".length)).join(""));
      expect(said(posts)).toBe(said(textsOf(answer, "zelie", { ...self, maximumPost })));
      const last = withMissing(posts.at(-1) ?? "", missingText({ kind: "missing", why: "too-large" }, one, say("fr")), {
        ...self,
        maximumPost,
      });
      expect(last.startsWith(`${posts.at(-1)}\n`)).toBe(true);
      expect([...last].length).toBeLessThanOrEqual(maximumPost);
      // Mastodon's measure, and all above it: the reason is whole.
      if (maximumPost >= 500) expect(last).toMatch(/depuis l’hôte\.$/);
    }),
  );
});
