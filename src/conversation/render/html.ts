/** For Matrix's formatted_body: only what every client shows, and everything escaped. */
import type { Answer, Block } from "../answer.ts";
import { clean, cleanLine, quiet, quietCode } from "./clean.ts";
import { markOf } from "./plain.ts";
import { cleanTable } from "./table.ts";

/** The whole answer. It pings nobody. */
export function html(answer: Answer): string {
  const blocks = answer.blocks.map(blockOf).join("");
  const mark = markOf(answer.tone);
  if (mark === "") return blocks;
  return blocks.startsWith("<p>") ? `<p>${mark}${blocks.slice("<p>".length)}` : `<p>${mark.trim()}</p>${blocks}`;
}

function blockOf(block: Block): string {
  switch (block.kind) {
    case "text":
      return `<p>${escaped(clean(block.text)).replaceAll("\n", "<br>")}</p>`;
    case "list":
      return `<ul>${block.items.map((item) => `<li>${escaped(cleanLine(item))}</li>`).join("")}</ul>`;
    case "table": {
      const { columns, rows } = cleanTable(block);
      const head = columns.map((column) => `<th>${escaped(column.title)}</th>`).join("");
      const body = rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`).join("");
      return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
    }
    case "code":
      return `<pre><code>${withEntities(quietCode(clean(block.text)))}</code></pre>`;
  }
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const withEntities = (text: string): string => text.replace(/[&<>"']/gu, (character) => entities[character] ?? "");
const escaped = (text: string): string => withEntities(quiet(text));
