/** A table as lines of plain text. */
import type { Block } from "../answer.ts";
import { cleanLine } from "./clean.ts";

export type Table = Extract<Block, { kind: "table" }>;

const length = (text: string): number => [...text].length;

/** The cells without what may not go out, each on one line. */
export function cleanTable(table: Table): Table {
  return {
    kind: "table",
    columns: table.columns.map((column) => ({ ...column, title: cleanLine(column.title) })),
    rows: table.rows.map((row) => row.map(cleanLine)),
  };
}

/** Columns side by side, head first; undefined where they are wider than `width` characters. */
export function asColumns(table: Table, width: number): readonly string[] | undefined {
  const lines = [table.columns.map((column) => column.title), ...table.rows];
  const widths = table.columns.map((_, index) =>
    lines.reduce((most, line) => Math.max(most, length(line[index] ?? "")), 0),
  );
  const total = widths.reduce((sum, one) => sum + one, 0) + 2 * Math.max(0, widths.length - 1);
  if (total > width) return undefined;
  return lines.map((line) =>
    widths
      .map((wide, index) => {
        const cell = line[index] ?? "";
        const padding = " ".repeat(wide - length(cell));
        return table.columns[index]?.numeric ? padding + cell : cell + padding;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** One line a row: `web — State: running, Memory: 8 GB`. With two columns the second one's title says nothing new. */
export function asLines(table: Table): readonly string[] {
  return table.rows.map((row) => {
    const [first = "", ...others] = row;
    const named = others
      .map((cell, index) => ({ cell, title: table.columns[index + 1]?.title ?? "" }))
      .filter(({ cell }) => cell !== "");
    const rest =
      table.columns.length <= 2 ? named.map(({ cell }) => cell) : named.map(({ cell, title }) => `${title}: ${cell}`);
    return rest.length === 0 ? first : `${first} — ${rest.join(", ")}`;
  });
}
