/** Reads the folder of policies: rules that hold together and pass their cases, or everything that is wrong. */
import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { readText } from "../config/document.ts";
import type { Problem } from "../config/problem.ts";
import { checkCases } from "./cases.ts";
import type { Source } from "./cedar.ts";
import { checkActions, checkChanges, checkRules } from "./check.ts";
import { authorisationBy } from "./decide.ts";
import type { Authorisation } from "./port.ts";
import { type Rule, readRules } from "./rules.ts";
import { readSchema } from "./schema.ts";

export type Policies = {
  readonly authorisation: Authorisation;
  /** All roles, `stranger` among them. */
  readonly roles: readonly string[];
  readonly rules: readonly Rule[];
  /** How many cases were decided, and held. */
  readonly cases: number;
  /** The text of each file, by its name: what these policies were made of, … */
  readonly files: Files;
  /** … and by which they are known: the same texts have the same. */
  readonly hash: string;
};

export type Files = Readonly<Record<string, string>>;

export type LoadedPolicies =
  | { readonly ok: true; readonly policies: Policies }
  | { readonly ok: false; readonly problems: readonly Problem[] };

const schemaFile = "schema.cedarschema";
const casesFile = "cases.yaml";

/**
 * Loads `schema.cedarschema`, every `.cedar` file and `cases.yaml`. Nothing of them counts unless all of it is right.
 * `actions`: the commands' actions, which must be known and permitted to somebody; `changes`: those of commands that
 * change something. `host`: the name rules know it by.
 */
export function loadPolicies(
  folder: string,
  given: { readonly actions: readonly string[]; readonly changes?: readonly string[]; readonly host?: string },
): LoadedPolicies {
  const found = sourcesIn(folder);
  if (!found.ok) return found;
  const { schemaSource, ruleSources, casesSource } = found;

  const { rules, problems } = readRules(ruleSources);
  const read = readSchema(schemaSource);
  if (!read.ok) return { ok: false, problems: [...read.problems, ...problems] };
  const { schema } = read;
  if (problems.length > 0) return { ok: false, problems };

  const disagreements = [
    ...checkRules(schema, rules),
    ...checkActions(schemaSource, schema, rules, given.actions),
    ...checkChanges(schemaSource, schema, given.changes ?? []),
  ];
  if (disagreements.length > 0) return { ok: false, problems: disagreements };

  const authorisation = authorisationBy(schema, rules, given.host ?? "host");
  const cases = checkCases(casesSource, schema, rules, authorisation);
  if (cases.problems.length > 0) return { ok: false, problems: cases.problems };
  const files = filesOf([schemaSource, casesSource, ...ruleSources]);
  return {
    ok: true,
    policies: { authorisation, roles: schema.roles, rules, cases: cases.count, files, hash: hashOf(files) },
  };
}

/** The texts as they stand in the folder now; undefined where they cannot all be read. */
export function filesIn(folder: string): Files | undefined {
  const found = sourcesIn(folder);
  return found.ok ? filesOf([found.schemaSource, found.casesSource, ...found.ruleSources]) : undefined;
}

function filesOf(sources: readonly Source[]): Files {
  const named = sources.map(({ file, text }) => [basename(file), text] as const);
  return Object.fromEntries(named.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function hashOf(files: Files): string {
  return createHash("sha256")
    .update(JSON.stringify(Object.entries(files)))
    .digest("hex");
}

type Sources =
  | { ok: true; schemaSource: Source; ruleSources: readonly Source[]; casesSource: Source }
  | { ok: false; problems: Problem[] };

function sourcesIn(folder: string): Sources {
  let names: string[];
  try {
    names = readdirSync(folder).toSorted();
  } catch {
    return {
      ok: false,
      problems: [
        {
          file: folder,
          message: "there is no folder of policies here",
          mend: "Restore it: nobody may do anything without it.",
        },
      ],
    };
  }
  const ours = (name: string): boolean => name.endsWith(".cedar") || name === schemaFile || name === casesFile;
  // A guard in a file with a mistyped name would be gone without a word.
  const strange = names
    .filter((name) => !ours(name) && !/^\.|~$|\.md$/.test(name))
    .map((name) => strangeFile(join(folder, name)));
  const wanted = [...new Set([schemaFile, casesFile, ...names.filter(ours)])];
  const read = wanted.map((name) => ({
    name,
    ...readText(join(folder, name), "Restore it: the policies count only as a whole."),
  }));
  const problems = [...strange, ...read.flatMap((one) => (one.ok ? [] : one.problems))];
  if (problems.length > 0) return { ok: false, problems };
  const sources = read.flatMap((one) => (one.ok ? [{ file: join(folder, one.name), text: one.text }] : []));
  const [schemaSource, casesSource, ...ruleSources] = sources;
  if (schemaSource === undefined || casesSource === undefined) return { ok: false, problems };
  return { ok: true, schemaSource, casesSource, ruleSources };
}

function strangeFile(file: string): Problem {
  return {
    file,
    message: "this file is not of the policies",
    mend: "Rules stand in files that end in .cedar. Rename it, or move it elsewhere.",
  };
}
