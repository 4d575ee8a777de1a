import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Answer } from "../../../src/conversation/answer.ts";
import { html } from "../../../src/conversation/render/html.ts";
import { plain } from "../../../src/conversation/render/plain.ts";
import { short } from "../../../src/conversation/render/short.ts";
import { terminal } from "../../../src/conversation/render/terminal.ts";

const vms: Answer = {
  tone: "done",
  blocks: [
    { kind: "text", text: "Two VMs." },
    {
      kind: "table",
      columns: [{ title: "VM" }, { title: "State" }, { title: "Memory", numeric: true }],
      rows: [
        ["web", "running", "16 GB"],
        ["réseau", "off", "512 MB"],
      ],
    },
    { kind: "list", items: ["one", "two"] },
    { kind: "code", text: "zfs list\n  -t snapshot" },
  ],
};

test("plain text with aligned columns", () => {
  expect(plain(vms)).toBe(
    [
      "✔ Two VMs.",
      "VM      State    Memory",
      "web     running   16 GB",
      "réseau  off      512 MB",
      "- one",
      "- two",
      "zfs list",
      "  -t snapshot",
    ].join("\n"),
  );
});

test("where there is no room, and on the Fediverse, one line a row", () => {
  const rows = ["web — State: running, Memory: 16 GB", "réseau — State: off, Memory: 512 MB"];
  expect(plain(vms, { width: 20 }).split("\n").slice(1, 3)).toEqual(rows);
  expect(short(vms).split("\n").slice(1, 3)).toEqual(rows);
});

test("html", () => {
  expect(html(vms)).toBe(
    "<p>✔ Two VMs.</p>" +
      "<table><thead><tr><th>VM</th><th>State</th><th>Memory</th></tr></thead>" +
      "<tbody><tr><td>web</td><td>running</td><td>16 GB</td></tr><tr><td>réseau</td><td>off</td><td>512 MB</td></tr></tbody></table>" +
      "<ul><li>one</li><li>two</li></ul><pre><code>zfs list\n  -t snapshot</code></pre>",
  );
});

test("a terminal's colours are left out where they are not wanted", () => {
  expect(terminal(vms, { colour: false, width: 80 })).toBe(plain(vms));
  expect(terminal(vms, { colour: true, width: 80 }).split("\n").slice(0, 3)).toEqual([
    "\u001b[32m✔ \u001b[0m\u001b[32mTwo VMs.\u001b[0m",
    "\u001b[1mVM      State    Memory\u001b[0m",
    "web     running   16 GB",
  ]);
});

test("a terminal folds long texts, and leaves what is to be copied whole", () => {
  const long = `${"word ".repeat(30)}${"x".repeat(60)}`;
  const shown = terminal({ tone: "facts", blocks: [{ kind: "text", text: long }] }, { colour: false, width: 40 });
  expect(shown.split("\n").map((line) => line.length)).toEqual([39, 39, 39, 29, 60]);
  const code: Answer = { tone: "facts", blocks: [{ kind: "code", text: long }] };
  expect(terminal(code, { colour: false, width: 40 })).toBe(long);
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
const harmful = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

describe("what others wrote does no harm", () => {
  const anywhere = (text: string): Answer => ({
    tone: "facts",
    blocks: [
      { kind: "text", text },
      { kind: "list", items: [text] },
      { kind: "table", columns: [{ title: text }], rows: [[text]] },
      { kind: "code", text },
    ],
  });
  const renderers = {
    plain,
    html,
    short,
    terminal: (answer: Answer) => terminal(answer, { colour: false, width: 80 }),
  };

  test.each(Object.entries(renderers))("%s: no control or bidi character, no terminal escape", (_, render) => {
    const said = fc.array(
      fc.oneof(
        fc.constantFrom("\u001b[31m", "\u001b]0;x\u0007", "\u009b2J", "\r\n", "\u202e", "\t", "<b>", "@"),
        fc.string({ unit: "binary" }),
      ),
    );
    fc.assert(
      fc.property(said, (parts) => {
        expect(render(anywhere(parts.join("")))).not.toMatch(harmful);
      }),
    );
    expect(render(anywhere("a\u001b[31mred\u001b]0;title\u0007z"))).toContain("aredz");
  });

  test.each([
    ["plain", plain],
    ["html", html],
    ["short", short],
  ] as const)("%s: nobody is pinged", (_, render) => {
    for (const text of [
      "@room",
      "hey @room!",
      "x@room",
      "(@zelie@liberta.example)",
      "@zelie:liberta.example",
      "/@zelie",
      "@ROOM",
    ]) {
      const { blocks, ...answer } = anywhere(text);
      const said = { ...answer, blocks: blocks.filter(({ kind }) => kind !== "code") };
      expect(render(said)).not.toMatch(/@room|(^|[^\p{L}\p{N}_])@[\p{L}\p{N}]/iu);
      expect(render(anywhere(text))).not.toMatch(/@room/iu);
    }
    // A snapshot's name is copied to the letter.
    expect(render(anywhere("tank/web@manchot_add_1"))).toContain("tank/web@manchot_add_1");
  });

  test("an account in code is copied to the letter, into manchot.yaml; on the Fediverse its @ would call somebody", () => {
    const line = "@zelie:liberta.example ed25519:Q3Jvc3Mtc2lnbmluZyBtYXN0ZXIga2V5IG9mIFrDqWw";
    const pin: Answer = { tone: "facts", blocks: [{ kind: "code", text: line }] };
    expect(plain(pin)).toBe(line);
    expect(html(pin)).toBe(`<pre><code>${line}</code></pre>`);
    expect(short(pin)).not.toContain("@zelie");
  });

  test("html: only our own tags", () => {
    const own = /<\/?(?:p|br|ul|li|table|thead|tbody|tr|th|td|pre|code)>/gu;
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom("<script>", '"><a href=x>', "&lt;", "<p>", "</td>", "'")),
        (text) => {
          const rest = html(anywhere(text)).replace(own, "");
          expect(rest).not.toMatch(/[<>"']/u);
          expect(rest.replace(/&(?:amp|lt|gt|quot|#39);/gu, "")).not.toContain("&");
        },
      ),
    );
    expect(html(anywhere("<b>&"))).toContain("<p>&lt;b&gt;&amp;</p>");
  });

  test("a table's cell with a line feed stays in its row", () => {
    expect(plain({ tone: "facts", blocks: [{ kind: "table", columns: [{ title: "a" }], rows: [["x\ny"]] }] })).toBe(
      "a\nx y",
    );
  });
});
