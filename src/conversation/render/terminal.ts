/** For a terminal: columns where there is room, colours where they are wanted. */
import type { Answer, Block, Tone } from "../answer.ts";
import { lines, markOf } from "./plain.ts";

const colours: Readonly<Record<Tone, number | undefined>> = {
  done: 32,
  facts: undefined,
  progress: 36,
  question: 33,
  refused: 33,
  problem: 33,
  failed: 31,
};

const bold = 1;
const dim = 2;

/** The whole answer; `width` in characters, for tables and for the folding of long texts. */
export function terminal(answer: Answer, options: { readonly colour: boolean; readonly width: number }): string {
  const paint = (text: string, code: number | undefined): string =>
    options.colour && code !== undefined && text !== "" ? `\u001b[${code}m${text}\u001b[0m` : text;
  const mark = markOf(answer.tone);
  const blocks = answer.blocks.map((block, index) => {
    const room = index === 0 ? options.width - [...mark].length : options.width;
    const shown = lines(block, room).flatMap((line) => (foldable(block) ? wrap(line, room) : [line]));
    // Where there was room for columns, there is one line more than rows: the head.
    const head = block.kind === "table" && shown.length > block.rows.length;
    return shown
      .map((line, row) => paint(line, head && row === 0 ? bold : codeOf(block, index, answer.tone)))
      .join("\n");
  });
  return paint(mark, colours[answer.tone]) + blocks.join("\n");
}

/** The first text carries the tone's colour, what is to be copied is dim. */
function codeOf(block: Block, index: number, tone: Tone): number | undefined {
  if (block.kind === "code") return dim;
  return block.kind === "text" && index === 0 ? colours[tone] : undefined;
}

const foldable = (block: Block): boolean => block.kind === "text" || block.kind === "list";

/** Breaks at spaces; a word that is longer than the line stays whole, so that it can be copied. */
function wrap(line: string, width: number): readonly string[] {
  const folded: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && [...longer].length > width) {
      folded.push(current);
      current = word;
    } else current = longer;
  }
  return [...folded, current];
}
