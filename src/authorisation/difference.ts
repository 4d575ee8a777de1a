/** How two sets of files differ, as unified text: what `patch` and people read. */
import { diff } from "node:util";
import type { Files } from "./load.ts";

/** So many lines stand around each difference. */
const around = 3;

const nowhere = "/dev/null";

/** Empty where they are the same. */
export function differenceOf(before: Files, after: Files): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.map((name) => fileDifference(name, before[name], after[name])).join("");
}

function fileDifference(name: string, before: string | undefined, after: string | undefined): string {
  if (before === after) return "";
  const lines = linesOf(before ?? "", after ?? "");
  const head = `--- ${before === undefined ? nowhere : name}\n+++ ${after === undefined ? nowhere : name}\n`;
  return head + hunksOf(lines).map(printHunk).join("");
}

/** A line with what becomes of it, and how many lines of either text stand before it. */
type Line = { readonly sign: " " | "+" | "-"; readonly text: string; readonly old: number; readonly new: number };

function linesOf(before: string, after: string): Line[] {
  // Node's own throws where both are empty: an empty file that comes or goes.
  if (before === after) return [];
  const counts = { old: 0, new: 0 };
  return diff(split(before), split(after)).map(([operation, text]) => {
    const sign = operation === 0 ? " " : operation === 1 ? "-" : "+";
    const line = { sign, text, ...counts } as const;
    if (sign !== "+") counts.old += 1;
    if (sign !== "-") counts.new += 1;
    return line;
  });
}

/** Each line with its end, so that a last line without one is another line. */
function split(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function hunksOf(lines: readonly Line[]): Line[][] {
  const hunks: Line[][] = [];
  let shownTo = 0;
  lines.forEach((line, at) => {
    if (line.sign === " ") return;
    const from = Math.max(shownTo, at - around);
    const to = Math.min(lines.length, at + 1 + around);
    const last = hunks.at(-1);
    if (last !== undefined && from === shownTo) last.push(...lines.slice(from, to));
    else hunks.push(lines.slice(from, to));
    shownTo = Math.max(shownTo, to);
  });
  return hunks;
}

function printHunk(lines: readonly Line[]): string {
  const [first] = lines;
  const old = lines.filter(({ sign }) => sign !== "+").length;
  const fresh = lines.filter(({ sign }) => sign !== "-").length;
  const head = `@@ -${rangeOf(first?.old ?? 0, old)} +${rangeOf(first?.new ?? 0, fresh)} @@\n`;
  return head + lines.map(printLine).join("");
}

/** A range without a line is named by the line before it. */
const rangeOf = (before: number, count: number): string => `${count === 0 ? before : before + 1},${count}`;

function printLine({ sign, text }: Line): string {
  return text.endsWith("\n") ? sign + text : `${sign}${text}\n\\ No newline at end of file\n`;
}
