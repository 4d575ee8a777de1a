/** The decision itself. Whatever is not clearly permitted, without a single error, is refused. */
import {
  type AuthorizationAnswer,
  type EntityJson,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
  type TypeAndId,
} from "@cedar-policy/cedar-wasm/nodejs";
import type { Authorisation, Decision, Question } from "./port.ts";
import type { Rule } from "./rules.ts";
import type { Schema } from "./schema.ts";

type Refusal = Extract<Decision, { allowed: false }>;
type Reason = Refusal["reason"];

const noPermit: Reason = {
  fr: "Aucune règle ne vous le permet.",
  en: "No rule permits it to you.",
};
const broken: Reason = {
  fr: "Les règles n'ont pas pu être évaluées ; dans le doute, je refuse. Prévenez un·e admin.",
  en: "The rules could not be evaluated; when in doubt, I refuse. Please tell an admin.",
};

/** The role, and the id, of an account that is pinned to nobody. */
const stranger = "stranger";

let loaded = 0;

/** Decides by these rules. Throws where Cedar does not take them: they must have been checked. `host`: its name. */
export function authorisationBy(schema: Schema, rules: readonly Rule[], host: string): Authorisation {
  // Cedar keeps parsed rules by name: a new name each time, so that rules in use are never changed under a question.
  const name = `policies-${loaded++}`;
  const staticPolicies = Object.fromEntries(rules.map((rule) => [rule.id, rule.text]));
  for (const answer of [preparseSchema(name, schema.text), preparsePolicySet(name, { staticPolicies })]) {
    if (answer.type === "failure") throw new Error(answer.errors.map((error) => error.message).join("; "));
  }
  const reasons = new Map(rules.map((rule) => [rule.id, rule.reason]));

  /** Asks Cedar about a person of these roles. */
  const ask = (question: Question, roles: readonly string[]): AuthorizationAnswer => {
    const type = schema.actions.get(question.action);
    if (type === undefined) return { type: "failure", errors: [], warnings: [] };
    const principal = uid("Person", question.person?.id ?? stranger);
    const resource = type === "Host" ? uid("Host", host) : uid("Target", question.resource);
    const { network, place, direct, encrypted, local, visibility } = question.venue;
    return statefulIsAuthorized({
      preparsedSchemaName: name,
      preparsedPolicySetId: name,
      validateRequest: true,
      principal,
      action: uid("Action", question.action),
      resource,
      context: {
        network: { __entity: uid("Network", network) },
        place,
        direct,
        encrypted,
        local: local === true,
        visibility: visibility ?? "",
        pinned: question.trust.pinned,
        verified: question.trust.verified,
      },
      entities: [
        entity(
          principal,
          roles.map((role) => uid("Role", role)),
        ),
        entity(resource, type === "Host" ? [] : [uid("Host", host)]),
      ],
    });
  };

  /** The roles that the person lacks and with which the answer would be yes. */
  const rolesFor = (question: Question, held: readonly string[]): string[] =>
    schema.roles.filter((role) => {
      if (role === stranger || held.includes(role)) return false;
      const answer = ask(question, [...held.filter((one) => one !== stranger), role]);
      return isClean(answer) && answer.response.decision === "allow";
    });

  const decide = (question: Question): Decision => {
    const roles = question.person?.roles ?? [stranger];
    const answer = ask(question, roles);
    if (!isClean(answer)) return refusal(erroredRules(answer), broken, []);
    const rules = answer.response.diagnostics.reason.toSorted();
    if (answer.response.decision === "allow") return { allowed: true, rules };
    return refusal(rules, reasonOf(rules, reasons), rolesFor(question, roles));
  };

  return {
    decide(question) {
      try {
        return decide(question);
      } catch {
        // Values of a kind that Cedar does not take, for instance. There is nothing to be told but no.
        return refusal([], broken, []);
      }
    },
  };
}

type Success = Extract<AuthorizationAnswer, { type: "success" }>;

/** Cedar skips a rule that errors, a guard too: only an answer without any error is one. */
function isClean(answer: AuthorizationAnswer): answer is Success {
  return answer.type === "success" && answer.response.diagnostics.errors.length === 0;
}

function erroredRules(answer: AuthorizationAnswer): string[] {
  if (answer.type === "failure") return [];
  return answer.response.diagnostics.errors.map((error) => error.policyId).toSorted();
}

function refusal(rules: readonly string[], reason: Reason, roles: readonly string[]): Refusal {
  return { allowed: false, rules, reason, roles };
}

function reasonOf(rules: readonly string[], reasons: ReadonlyMap<string, Reason>): Reason {
  const given = rules.map((rule) => reasons.get(rule)).filter((reason) => reason !== undefined);
  if (given.length === 0) return noPermit;
  return { fr: given.map((reason) => reason.fr).join(" "), en: given.map((reason) => reason.en).join(" ") };
}

/** Names go to Cedar as data, never as text of its language: no quote in them can mean anything. */
function uid(type: string, id: string): TypeAndId {
  return { type, id };
}

function entity(of: TypeAndId, parents: TypeAndId[]): EntityJson {
  return { uid: of, attrs: {}, parents };
}
