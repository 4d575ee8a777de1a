/** The rules of the `.cedar` files: each with an @id, and a reason in both languages. */
import { type PolicyJson, policySetTextToParts, policyToJson } from "@cedar-policy/cedar-wasm/nodejs";
import { type Position, type Problem, positionOf } from "../config/problem.ts";
import { cedarProblem, type Source } from "./cedar.ts";

export type Rule = {
  readonly id: string;
  readonly effect: PolicyJson["effect"];
  /** What it is for, or for a guard what the refused person reads. */
  readonly reason: { readonly fr: string; readonly en: string };
  readonly source: Source;
  /** Where its text begins in its file, in UTF-16 code units. */
  readonly start: number;
  readonly text: string;
};

type Rules = { readonly rules: readonly Rule[]; readonly problems: readonly Problem[] };

const writeAgain = "Compare it with the rules around it; what Cedar's syntax is stands at https://docs.cedarpolicy.com";

export function readRules(sources: readonly Source[]): Rules {
  const read = sources.map(rulesOf);
  const rules = read.flatMap((each) => each.rules);
  const problems = read.flatMap((each) => each.problems);
  const twice = rules.filter((rule, index) => rules.findIndex((other) => other.id === rule.id) < index);
  return { rules, problems: [...problems, ...twice.map((rule) => duplicate(rule, rules))] };
}

/** Where a rule stands. */
export function placeOf(rule: Rule): Position {
  return positionOf(rule.source.text, rule.start);
}

function rulesOf(source: Source): Rules {
  const parts = policySetTextToParts(source.text);
  if (parts.type === "failure") {
    return { rules: [], problems: parts.errors.map((error) => cedarProblem(source, 0, error, writeAgain)) };
  }
  const rules: Rule[] = [];
  const problems: Problem[] = parts.policy_templates.map((text) => ({
    file: source.file,
    ...positionOf(source.text, source.text.indexOf(text)),
    message: "a template (?principal, ?resource) stands here",
    mend: "Write rules out: a reader should see whom they concern.",
  }));
  // Cedar gives the parts' own text back, sorted by a number that it gave them: they are looked up one by one.
  const found = new Map<string, number>();
  for (const text of parts.policies) {
    const start = source.text.indexOf(text, found.get(text) ?? 0);
    found.set(text, start + 1);
    const rule = ruleOf(source, text, Math.max(start, 0));
    if ("rule" in rule) rules.push(rule.rule);
    else problems.push(rule.problem);
  }
  rules.sort((a, b) => a.start - b.start);
  return { rules, problems };
}

function ruleOf(source: Source, text: string, start: number): { rule: Rule } | { problem: Problem } {
  const place = { file: source.file, ...positionOf(source.text, start) };
  const parsed = policyToJson(text);
  if (parsed.type === "failure") {
    const message = parsed.errors[0]?.message ?? "this rule cannot be read";
    return { problem: { ...place, message, mend: writeAgain } };
  }
  const { id, fr, en } = parsed.json.annotations ?? {};
  if (id === undefined || !/^[a-z0-9][a-z0-9-]{0,60}$/.test(id) || id === "no-permit") {
    const mend = 'Write @id("…") above it: small letters, digits and hyphens, not "no-permit".';
    return { problem: { ...place, message: "this rule has no usable @id", mend } };
  }
  if (!fr?.trim() || !en?.trim()) {
    const missing = [fr?.trim() ? [] : ["@fr"], en?.trim() ? [] : ["@en"]].flat().join(" and ");
    const mend = `Write ${missing}("…") above it: what the rule is for, as people will read it.`;
    return { problem: { ...place, message: `the rule \`${id}\` has no ${missing}`, mend } };
  }
  return { rule: { id, effect: parsed.json.effect, reason: { fr, en }, source, start, text } };
}

function duplicate(rule: Rule, rules: readonly Rule[]): Problem {
  const first = rules.find((other) => other.id === rule.id) ?? rule;
  const where = `${first.source.file}:${placeOf(first).line}`;
  const mend = "Give it an @id of its own.";
  return {
    file: rule.source.file,
    ...placeOf(rule),
    message: `the @id \`${rule.id}\` is already that of ${where}`,
    mend,
  };
}
