/** An answer as several, each small enough to be sent: by blocks, by rows, by lines, and by letters where nothing else is left. */
import type { Answer, Block } from "../../conversation/answer.ts";

/** At least one answer; every block of the whole stands in one of them, in order. */
export function split(answer: Answer, fits: (part: Answer) => boolean): readonly Answer[] {
  if (fits(answer)) return [answer];
  const halves = halvesOf(answer.blocks);
  if (halves === undefined) return [answer];
  return halves.flatMap((blocks) => split({ tone: answer.tone, blocks }, fits));
}

type Blocks = readonly Block[];

/** Undefined where nothing can be divided any further. */
function halvesOf(blocks: Blocks): readonly [Blocks, Blocks] | undefined {
  const [only] = blocks;
  if (only === undefined) return undefined;
  if (blocks.length > 1) return [firstHalf(blocks), secondHalf(blocks)];
  switch (only.kind) {
    case "list":
      return only.items.length > 1
        ? [[{ ...only, items: firstHalf(only.items) }], [{ ...only, items: secondHalf(only.items) }]]
        : halvesOf([{ kind: "text", text: only.items[0] ?? "" }]);
    case "table":
      return only.rows.length > 1
        ? [[{ ...only, rows: firstHalf(only.rows) }], [{ ...only, rows: secondHalf(only.rows) }]]
        : halvesOf([{ kind: "text", text: (only.rows[0] ?? []).join("\n") }]);
    default: {
      const lines = only.text.split("\n");
      const parts = lines.length > 1 ? lines : [...only.text];
      if (parts.length < 2) return undefined;
      const joint = lines.length > 1 ? "\n" : "";
      return [[{ ...only, text: firstHalf(parts).join(joint) }], [{ ...only, text: secondHalf(parts).join(joint) }]];
    }
  }
}

const firstHalf = <T>(list: readonly T[]): readonly T[] => list.slice(0, Math.ceil(list.length / 2));
const secondHalf = <T>(list: readonly T[]): readonly T[] => list.slice(Math.ceil(list.length / 2));
