/** What zod finds, in words for the person who wrote the file: what is wrong, and how it is written. */
import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import type { Path, Position, Problem } from "./problem.ts";

type Issue = z.core.$ZodIssue;

/** Words that name a secret, and the beginnings of Matrix tokens. */
const secretKey =
  /^(syt|mct|mat)_|tok(e|é)n|jeton|pass(w|phrase)|secret|credential|api[-_]?key|private|mot[-_ ]?de[-_ ]?passe/i;

/** Turns zod's issues into problems. `at` tells where a value stands, `keyAt` where a key of a map stands. */
export function shapeProblems(
  file: string,
  schema: z.ZodType,
  issues: readonly Issue[],
  at: (path: Path) => Position,
  keyAt: (path: Path, key: string) => Position,
): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    if (issue.code === "unrecognized_keys") {
      const known = keysOf(schemaAt(schema, issue.path));
      return issue.keys.map((key) => ({ file, ...keyAt(issue.path, key), ...unknownKey(key, known) }));
    }
    const name = nameOf(issue.path);
    const message = `${name}${sentence(issue)}`;
    const mend =
      mendOf(issue) ?? exampleOf(schema, issue.path) ?? "See manchot.example.yaml, where every key is explained.";
    return [{ file, ...at(issue.path), message, mend }];
  });
}

function unknownKey(key: string, known: readonly string[]): { message: string; mend: string } {
  if (secretKey.test(key)) {
    return {
      message: "this key looks like a secret, and secrets do not belong in this file",
      mend: "Remove it, and put it in the environment: .env.example names the variables. If others could read this file, change the secret.",
    };
  }
  const near = known.length > 0 ? closest(key.toLowerCase(), [...known]) : undefined;
  const mend =
    near !== undefined && distance(key.toLowerCase(), near) <= Math.max(2, Math.floor(near.length / 3))
      ? `Did you mean \`${near}\`?`
      : `Known here: ${known.join(", ")}. Remove it, or see whether it is indented as it should be.`;
  // A key may be a secret that slipped to the left: only what looks like a key is repeated.
  const shown = /^[\p{L}\d_.-]{1,24}$/u.test(key) ? `unknown key \`${key}\`` : "unknown key";
  return { message: shown, mend };
}

function sentence(issue: Issue): string {
  if (issue.code === "custom") return issue.message;
  if (issue.code === "invalid_type") {
    return issue.input === undefined ? "is missing" : `must be ${article(issue.expected)}`;
  }
  if (issue.code === "invalid_value") return `must be one of: ${issue.values.map(String).join(", ")}`;
  if (issue.code === "too_small") return `is too small: at least ${issue.minimum}`;
  if (issue.code === "too_big") return `is too big: at most ${issue.maximum}`;
  return "is not written as it should be";
}

function article(type: string): string {
  const names: Record<string, string> = {
    string: "text (in quotes, if it looks like a number)",
    array: "a list",
    object: "a group of keys",
    boolean: "true or false",
    int: "a whole number",
    number: "a number",
  };
  return names[type] ?? `of the kind ${type}`;
}

function nameOf(path: Path): string {
  const name = path.map((step) => (typeof step === "number" ? `[${step + 1}]` : `.${String(step)}`)).join("");
  return name === "" ? "the file " : `\`${name.replace(/^\./, "")}\` `;
}

function mendOf(issue: Issue): string | undefined {
  const mend: unknown = issue.code === "custom" ? issue.params?.mend : undefined;
  return typeof mend === "string" ? mend : undefined;
}

/** The schema's own example for a key, where it has one. */
function exampleOf(schema: z.ZodType, path: Path): string | undefined {
  const key = path.findLast((step) => typeof step === "string");
  const found = schemaAt(schema, path);
  const examples = found === undefined ? undefined : z.globalRegistry.get(found)?.examples;
  const example: unknown = Array.isArray(examples) ? examples[0] : undefined;
  if (example === undefined || key === undefined) return undefined;
  return typeof path.at(-1) === "number"
    ? `Write for example: ${String(example)}`
    : `Write for example: ${String(key)}: ${String(example)}`;
}

/** The part of a schema that a path leads to, through what wraps it; the wrapper itself at the end, for its examples. */
function schemaAt(schema: z.ZodType, path: Path): z.ZodType | undefined {
  let found: z.core.$ZodType | undefined = schema;
  for (const step of path) {
    const inner: z.core.$ZodType | undefined = unwrap(found);
    if (inner instanceof z.ZodObject) found = inner.shape[String(step)];
    else if (inner instanceof z.ZodArray) found = inner.element;
    else return undefined;
  }
  return found instanceof z.ZodType ? found : undefined;
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrap(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}

function keysOf(schema: z.ZodType | undefined): string[] {
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}
