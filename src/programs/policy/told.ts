/** An explanation in words. */
import { relative } from "node:path";
import type { Asker, Change, Explanation } from "../../authorisation/explain.ts";
import type { Policies } from "../../authorisation/load.ts";
import type { Decision } from "../../authorisation/port.ts";
import { placeOf } from "../../authorisation/rules.ts";
import type { Context } from "../../conversation/command.ts";
import type { Parsed } from "../../conversation/parse.ts";
import { print } from "../../conversation/print.ts";

type Explained = {
  readonly asked: Asker;
  readonly explanation: Explanation;
  readonly words: Extract<Parsed, { kind: "command" }>;
  readonly policies: Policies;
};

export function explanationLines({ asked, explanation, words, policies }: Explained, context: Context): string[] {
  const { say, language } = context;
  const { decision, through, changes } = explanation;
  const call = print(words.command, words.given, language);
  const turned = changes.map(
    ({ change, decision }) =>
      `  - ${say("detail", { key: changeIn(change, context), value: ruleNames(decision, policies, context) })}`,
  );
  const head = say(decision.allowed ? "explain-would-refuse" : "explain-would-allow");
  return [
    say(decision.allowed ? "explain-allowed" : "explain-refused", { call }),
    whoLine(asked, explanation, context),
    say("explain-where", { where: whereOf(asked.at, context) }),
    say("explain-rule", { rules: ruleNames(decision, policies, context) }),
    ...reasonsOf(decision, policies, context).map((reason) => say("explain-reason", { reason })),
    ...(decision.allowed
      ? [through.length > 0 ? say("explain-through", { roles: through.join(", ") }) : say("explain-everybody")]
      : []),
    ...(turned.length > 0 ? [head, ...turned] : [say("explain-nothing-else")]),
    say("explain-policies", { hash: policies.hash.slice(0, 12) }),
  ];
}

function whoLine({ person, at }: Asker, explanation: Explanation, { say }: Context): string {
  if (person === undefined) return say("explain-stranger");
  const { id, name, roles } = person;
  return explanation.person === undefined
    ? say("explain-not-pinned", { id, name, on: say(`explain-on-${at.network}`) })
    : say("explain-who", { id, name, roles: roles.join(", ") });
}

function whereOf(at: Asker["at"], context: Context): string {
  const { network, direct, encrypted, local, pinned, verified, visibility } = at;
  const on = changeIn({ kind: "network", network }, context);
  const told: Change[] = [{ kind: "direct", is: direct }];
  if (encrypted) told.push({ kind: "encrypted", is: true });
  if (network === "matrix" && pinned) told.push({ kind: "pinned", is: true });
  if (network === "matrix" && pinned && encrypted) told.push({ kind: "verified", is: verified });
  if (network === "fediverse") told.push({ kind: "local", is: local });
  if (visibility !== undefined) told.push({ kind: "visibility", visibility });
  return [on, ...told.map((one) => changeIn(one, context))].join(", ");
}

/** Each rule with its file and line. */
function ruleNames({ rules }: Decision, policies: Policies, { say }: Context): string {
  const named = policies.rules.filter((rule) => rules.includes(rule.id));
  if (named.length === 0) return say("explain-no-rule");
  return named.map((rule) => `${rule.id} (${shortest(rule.source.file)}:${placeOf(rule).line})`).join(", ");
}

/** In the language; the rules' own words. */
function reasonsOf(decision: Decision, policies: Policies, { language }: Context): readonly string[] {
  if (!decision.allowed) return [decision.reason[language]];
  return policies.rules.filter((rule) => decision.rules.includes(rule.id)).map((rule) => rule.reason[language]);
}

function changeIn(change: Change, { say }: Context): string {
  switch (change.kind) {
    case "role":
    case "no-role":
      return say(`explain-change-${change.kind}`, { role: change.role });
    case "network":
      return say(`explain-on-${change.network}`);
    case "visibility":
      return say("explain-change-visibility", { visibility: change.visibility });
    case "account":
      return say("explain-change-account");
    default: {
      const circumstance = change.is ? change.kind : `not-${change.kind}`;
      return say(`explain-change-${circumstance}`);
    }
  }
}

/** As seen from where one stands, if that is not further away. */
function shortest(file: string): string {
  const from = relative(process.cwd(), file);
  return from.startsWith("..") ? file : from;
}
