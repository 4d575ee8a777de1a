/** Long answers by the page: nothing is cut in silence, the rest waits for `more`. */
import type { Answer, Block } from "./answer.ts";
import type { Context } from "./command.ts";

/** Rows of a table or list that one answer shows. */
export const rowsPerPage = 20;

/** The first page of an answer, with a line that says how much is left, and the rest. */
export function firstPage(
  answer: Answer,
  context: Context,
): { readonly first: Answer; readonly rest: readonly Block[] } {
  const { shown, rest } = split(answer.blocks, rowsPerPage);
  if (rest.length === 0) return { first: answer, rest };
  const left: Block = { kind: "text", text: context.say("more-left", { left: rowsOf(rest) }) };
  return { first: { ...answer, blocks: [...shown, left] }, rest };
}

/** Splits after so many rows; a table that is split keeps its head on both sides. */
export function split(
  blocks: readonly Block[],
  rows: number,
): { readonly shown: readonly Block[]; readonly rest: readonly Block[] } {
  const shown: Block[] = [];
  const rest: Block[] = [];
  let room = rows;
  for (const block of blocks) {
    const size = rowsIn(block);
    if (rest.length > 0 || room === 0) rest.push(block);
    else if (size <= room) shown.push(block);
    else {
      const [head, tail] = cut(block, room);
      shown.push(head);
      rest.push(tail);
    }
    room = Math.max(0, room - size);
  }
  return { shown, rest };
}

/** How many rows of tables and lists, or single texts, there are. */
export function rowsOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + Math.max(1, rowsIn(block)), 0);
}

function rowsIn(block: Block): number {
  if (block.kind === "table") return block.rows.length;
  return block.kind === "list" ? block.items.length : 0;
}

function cut(block: Block, at: number): [Block, Block] {
  if (block.kind === "table")
    return [
      { ...block, rows: block.rows.slice(0, at) },
      { ...block, rows: block.rows.slice(at) },
    ];
  if (block.kind === "list")
    return [
      { ...block, items: block.items.slice(0, at) },
      { ...block, items: block.items.slice(at) },
    ];
  return [block, block];
}
