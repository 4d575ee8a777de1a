/**
 * The canonical text of a plan: what people read and what signatures cover. English, one fact a line, in a fixed order.
 * Whatever somebody else chose (names, notes, paths) is quoted and escaped: it cannot add a line or turn one around.
 */
import type { Plan } from "../protocol/plan.ts";

export type Untold = Omit<Plan, "text" | "hash">;

export function planText(
  plan: Untold,
  touched: readonly Plan["targets"][number][],
  remarks: readonly string[],
): string {
  const { origin } = plan;
  const lines = [
    "Manchot plan 1",
    `host: ${quote(plan.host)}`,
    `operation: ${plan.id}`,
    `do: ${plan.do}`,
    `class: ${plan.class}`,
    ...(plan.wants === undefined ? [] : [`wants: ${plan.wants}`]),
    `asked by: ${quote(origin.person)} on ${origin.network}, request ${origin.request} (as the asker tells it)`,
    ...plan.targets.map(({ kind, name, id }) => `target: ${kind} ${quote(name)} ${id}`),
    ...touched.map(({ kind, name, id }) => `touches: ${kind} ${quote(name)} ${id}`),
    ...plan.steps.flatMap(({ what, argv }, index) => [
      `step ${index + 1}: ${what}`,
      ...(argv.length === 0 ? [] : [`runs ${index + 1}: ${argv.map(quote).join(" ")}`]),
    ]),
    ...plan.makes.map((name) => `makes: ${quote(name)}`),
    ...remarks.map((remark) => `note: ${escapeText(remark)}`),
    `nonce: ${plan.nonce}`,
    `created: ${utc(plan.created)}`,
    `expires: ${utc(plan.expires)}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** As a JSON string, with every character that is not seen, or that turns the direction of writing, as an escape. */
function quote(text: string): string {
  return escapeText(JSON.stringify(text));
}

function escapeText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
      .map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** `2026-11-23T22:55:30Z` */
export function utc(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
