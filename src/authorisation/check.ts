/** Whether rules, schema and commands agree: what can be known before a single case is decided. */
import { type DetailedError, getValidRequestEnvsPolicy, validate } from "@cedar-policy/cedar-wasm/nodejs";
import { closest } from "fastest-levenshtein";
import { type Problem, positionOf } from "../config/problem.ts";
import { cedarProblem, type Source } from "./cedar.ts";
import { placeOf, type Rule } from "./rules.ts";
import type { Schema } from "./schema.ts";

/** Rules that the schema refutes, and rules that can never apply: a guard that never holds is no guard. */
export function checkRules(schema: Schema, rules: readonly Rule[]): Problem[] {
  const staticPolicies = Object.fromEntries(rules.map((rule) => [rule.id, rule.text]));
  const answer = validate({ schema: schema.text, policies: { staticPolicies } });
  if (answer.type === "failure") {
    return answer.errors.map((error) => ({ file: rules[0]?.source.file ?? "policies", message: error.message, mend }));
  }
  const seen = new Set<string>();
  // One warning is enough where an error in the same rule has already said why.
  const wrong = new Set(answer.validationErrors.map((error) => error.policyId));
  const warnings = answer.validationWarnings.filter((warning) => !wrong.has(warning.policyId));
  const problems = [...answer.validationErrors, ...warnings].flatMap(({ policyId, error }): Problem[] => {
    const rule = rules.find((one) => one.id === policyId);
    if (rule === undefined) return [{ file: "policies", message: error.message, mend }];
    const key = `${policyId} ${error.message}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [cedarProblem(rule.source, rule.start, withNearest(schema, error), mend)];
  });
  const others = answer.otherWarnings.map((error) => ({ file: "policies", message: error.message, mend }));
  return [...problems, ...others];
}

/** Cedar's own guess at a mistyped action is any action at all. */
function withNearest(schema: Schema, error: DetailedError): DetailedError {
  const [, action] = /unrecognized action `Action::"(.*)"`/.exec(error.message) ?? [];
  if (action === undefined) return error;
  return { ...error, help: `Did you mean Action::"${closest(action, [...schema.actions.keys()])}"?` };
}

const mend = "What rules may speak of stands in schema.cedarschema.";

/** Commands that change something, by an action for which the guards on changes would not hold. */
export function checkChanges(schemaSource: Source, schema: Schema, changes: readonly string[]): Problem[] {
  return [...new Set(changes)]
    .filter((action) => schema.actions.has(action) && !schema.changes.has(action))
    .map((action) => ({
      file: schemaSource.file,
      message: `the action "${action}" of a command that changes something is not in the group \`change\``,
      mend: "Declare it `in [change]`: what is refused for changes is refused for that group.",
    }));
}

/** Actions of commands that the schema does not know, or that no rule permits to anybody. */
export function checkActions(
  schemaSource: Source,
  schema: Schema,
  rules: readonly Rule[],
  actions: readonly string[],
): Problem[] {
  const permitted = new Set(
    rules.filter((rule) => rule.effect === "permit").flatMap((rule) => actionsOf(schema, rule)),
  );
  return [...new Set(actions)].flatMap((action): Problem[] => {
    if (!schema.actions.has(action)) {
      const message = `the action "${action}" of a command is not in the schema`;
      return [
        {
          file: schemaSource.file,
          // Beside the others.
          ...positionOf(schemaSource.text, schemaSource.text.lastIndexOf("\naction ") + 1),
          message,
          mend: "Declare it here, and say in roles.cedar and cases.yaml who may do it.",
        },
      ];
    }
    if (!permitted.has(action)) {
      const [permit] = rules.filter((rule) => rule.effect === "permit");
      const message = `no rule permits "${action}" to anybody`;
      const file = permit?.source.file ?? schemaSource.file;
      return [
        {
          file,
          ...(permit === undefined ? {} : placeOf(permit)),
          message,
          mend: "Write a rule that permits it to a role, and a case for it; or take the command out of the register.",
        },
      ];
    }
    return [];
  });
}

/** The actions to which a rule can apply. */
function actionsOf(schema: Schema, rule: Rule): string[] {
  const environments = getValidRequestEnvsPolicy(rule.text, schema.text);
  if (environments.type === "failure") return [];
  return environments.actions.flatMap((uid) => /^Action::"(.*)"$/.exec(uid)?.slice(1) ?? []);
}

/** Where the rules of these ids stand, for a message. */
export function placesOf(rules: readonly Rule[], ids: readonly string[]): string {
  const named = rules.filter((rule) => ids.includes(rule.id));
  return named.map((rule) => `${rule.id} (${rule.source.file}:${placeOf(rule).line})`).join(", ");
}
