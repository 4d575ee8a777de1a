/** `cases.yaml`: who may do what, as a table that is decided at every start. */
import { z } from "zod";
import { networks } from "../chat/port.ts";
import { readYaml } from "../config/document.ts";
import type { Position, Problem } from "../config/problem.ts";
import type { Source } from "./cedar.ts";
import { placesOf } from "./check.ts";
import { venueOf } from "./circumstances.ts";
import type { Authorisation, Decision, Question } from "./port.ts";
import { placeOf, type Rule } from "./rules.ts";
import type { Schema } from "./schema.ts";

/** One thing, or a list of things of which each makes a case. */
const each = <S extends z.ZodType>(one: S) => z.union([one.transform((single) => [single]), z.array(one).min(1)]);

/** What a refusal is because of where no rule permits. */
const noPermit = "no-permit";

function lineSchema(schema: Schema) {
  const action = each(z.enum([...schema.actions.keys()]));
  return z
    .strictObject({
      who: each(z.enum(schema.roles)),
      on: each(z.enum(networks)),
      may: action.optional(),
      "may-not": action.optional(),
      to: each(z.string().min(1)).default(["web"]),
      because: each(z.string().min(1)).optional(),
      direct: z.boolean().default(false),
      encrypted: z.boolean().default(false),
      local: z.boolean().default(false),
      pinned: z.boolean().default(false),
      verified: z.boolean().default(false),
      visibility: each(z.string()).optional(),
      place: z.string().default("a room"),
    })
    .refine((line) => !line.verified || (line.pinned && line.encrypted), {
      error: "says `verified` where nothing can be",
      params: {
        mend: "Write `pinned: true` and `encrypted: true` beside it: there is no verified message without both.",
      },
    })
    .refine((line) => (line.may === undefined) !== (line["may-not"] === undefined), {
      error: "needs either `may` or `may-not`",
      params: { mend: "Write one of the two." },
    })
    .refine((line) => line["may-not"] === undefined || line.because !== undefined, {
      error: "says `may-not` without `because`",
      params: { mend: `Write because: and the @id of the guard that refuses, or ${noPermit} where no rule permits.` },
    });
}

type Case = {
  readonly role: string;
  readonly question: Question;
  readonly expected: { readonly allowed: boolean; readonly because: readonly string[] | undefined };
  readonly position: Position;
};

/** Every problem of the table: how it is written, what it leaves out, and each case that does not hold. `count`: of cases. */
export function checkCases(
  source: Source,
  schema: Schema,
  rules: readonly Rule[],
  by: Authorisation,
): { readonly problems: readonly Problem[]; readonly count: number } {
  const read = readYaml(source.file, source.text, z.array(lineSchema(schema)));
  if (!read.ok) return { problems: read.problems, count: 0 };
  const cases = read.value.flatMap((line, index) => casesOf(line, read.at([index])));
  const decided = cases.map((one) => ({ one, decision: by.decide(one.question) }));
  const failing = decided.flatMap(({ one, decision }) => failure(source.file, rules, one, decision));
  const deciding = new Set(decided.flatMap(({ decision }) => decision.rules));
  const problems = [...failing, ...uncovered(source.file, schema, cases), ...undecisive(rules, deciding)];
  return { problems, count: cases.length };
}

function casesOf(line: z.output<ReturnType<typeof lineSchema>>, position: Position): Case[] {
  const { direct, encrypted, local, pinned, verified, place } = line;
  const expected = { allowed: line.may !== undefined, because: line.because?.toSorted() };
  return line.who.flatMap((role) =>
    line.on.flatMap((network) =>
      (line.visibility ?? [undefined]).flatMap((visibility) =>
        (line.may ?? line["may-not"] ?? []).flatMap((action) =>
          line.to.map((resource) => {
            const trust = { pinned, verified };
            const venue = venueOf({ network, place, direct, encrypted, local, visibility, ...trust });
            const question = { person: personOf(role), action, resource, venue, trust };
            return { role, position, expected, question };
          }),
        ),
      ),
    ),
  );
}

function personOf(role: string): Question["person"] {
  return role === "stranger" ? undefined : { id: "somebody", name: "Somebody", roles: [role], accounts: {} };
}

function failure(file: string, rules: readonly Rule[], one: Case, decision: Decision): Problem[] {
  const { because } = one.expected;
  const reasons = decision.allowed || decision.rules.length > 0 ? decision.rules : [noPermit];
  const same = because === undefined || because.join() === reasons.join();
  if (decision.allowed === one.expected.allowed && same) return [];
  const expected = `${one.expected.allowed ? "may" : "may not"}${because === undefined ? "" : ` because of ${because.join(", ")}`}`;
  const came = `${decision.allowed ? "may" : "may not"} because of ${placesOf(rules, reasons) || reasons.join(", ")}`;
  const { action, venue } = one.question;
  const message = `${one.role} on ${venue.network}, ${action}: expected: ${expected}; the rules say: ${came}`;
  return [{ file, ...one.position, message, mend: "Mend the rules; or this case, if the rules say what you mean." }];
}

/** A role and an action that no case brings together on a network: nobody has said what should be. */
function uncovered(file: string, schema: Schema, cases: readonly Case[]): Problem[] {
  const key = (role: string, action: string, network: string): string => `${role} ${action} ${network}`;
  const covered = new Set(cases.map(({ role, question }) => key(role, question.action, question.venue.network)));
  return schema.roles.flatMap((role) =>
    [...schema.actions.keys()].flatMap((action) => {
      const missing = networks.filter((network) => !covered.has(key(role, action, network)));
      if (missing.length === 0) return [];
      const mend = `Add for example: - { who: ${role}, on: [${missing.join(", ")}], may-not: ${action}, because: ${noPermit} }`;
      return [{ file, message: `no case says whether ${role} may ${action} on ${missing.join(", ")}`, mend }];
    }),
  );
}

/** A rule that decides no case could as well be missing, and nobody would notice. */
function undecisive(rules: readonly Rule[], deciding: ReadonlySet<string>): Problem[] {
  return rules
    .filter((rule) => !deciding.has(rule.id))
    .map((rule) => ({
      file: rule.source.file,
      ...placeOf(rule),
      message: `the rule \`${rule.id}\` decides no case of cases.yaml`,
      mend: "Add a case that it decides; or remove the rule.",
    }));
}
