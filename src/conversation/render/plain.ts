/** Plain text: Matrix's body, pipes, and what the other renderers share. */
import type { Answer, Block, Tone } from "../answer.ts";
import { clean, cleanLine, quiet, quietCode } from "./clean.ts";
import { asColumns, asLines, cleanTable } from "./table.ts";

/** A sign for those who see no colours. Facts need none. */
const marks: Readonly<Record<Tone, string>> = {
  done: "✔ ",
  facts: "",
  progress: "… ",
  question: "✋ ",
  refused: "⛔ ",
  problem: "⚠ ",
  failed: "✘ ",
};

export const markOf = (tone: Tone): string => marks[tone];

/** The whole answer; tables that are wider than `width` characters (default: no limit) go one line a row. It pings nobody. */
export function plain(answer: Answer, options: { readonly width?: number } = {}): string {
  const width = options.width ?? Number.POSITIVE_INFINITY;
  const quietly = (block: Block): string => (block.kind === "code" ? quietCode : quiet)(lines(block, width).join("\n"));
  return markOf(answer.tone) + answer.blocks.map(quietly).join("\n");
}

/** A block as clean lines of text. */
export function lines(block: Block, width: number): readonly string[] {
  switch (block.kind) {
    case "text":
      return clean(block.text).split("\n");
    case "list":
      return block.items.map((item) => `- ${cleanLine(item)}`);
    case "table": {
      const table = cleanTable(block);
      return asColumns(table, width) ?? asLines(table);
    }
    case "code":
      return clean(block.text).split("\n");
  }
}
