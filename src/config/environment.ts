/** The secrets, from the environment or from files that it names. They never stand in `manchot.yaml`. */
import { readFileSync, statSync } from "node:fs";
import { closest } from "fastest-levenshtein";
import type { Problem } from "./problem.ts";
import { Secret } from "./secret.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that hold secrets, or name a file that does; each is explained in .env.example. */
export const variables = ["MANCHOT_MATRIX_TOKEN", "MANCHOT_MATRIX_TOKEN_FILE"] as const;

type Found = { readonly ok: true; readonly secret: Secret } | { readonly ok: false; readonly problem: Problem };

const problemOf = (message: string, mend: string): Found => ({
  ok: false,
  problem: { file: "environment", message, mend },
});

/** The Matrix access token: `MANCHOT_MATRIX_TOKEN`, or the file that `MANCHOT_MATRIX_TOKEN_FILE` names; one of the two. */
export function matrixToken(env: Environment): Found {
  // An empty variable is an unset one, as in `VARIABLE= command`.
  const direct = env.MANCHOT_MATRIX_TOKEN || undefined;
  const file = env.MANCHOT_MATRIX_TOKEN_FILE || undefined;
  if (direct !== undefined && file !== undefined) {
    return problemOf("MANCHOT_MATRIX_TOKEN and MANCHOT_MATRIX_TOKEN_FILE are both set", "Keep one of the two.");
  }
  if (direct !== undefined) return tokenIn(direct, "MANCHOT_MATRIX_TOKEN");
  if (file !== undefined) return tokenInFile(file);
  return problemOf(
    "the Matrix access token is not set",
    "Set MANCHOT_MATRIX_TOKEN, or MANCHOT_MATRIX_TOKEN_FILE to the path of a file that holds it: .env.example tells how to get one.",
  );
}

/** Variables that look like ours and are not: a typing error would otherwise go unseen. */
export function unknownVariables(env: Environment): Problem[] {
  return Object.keys(env)
    .filter((name) => name.startsWith("MANCHOT_MATRIX") && !variables.some((known) => known === name))
    .map((name) => ({
      file: "environment",
      message: `unknown variable ${name}`,
      mend: `Did you mean ${closest(name, [...variables])}? Unset it, or rename it.`,
    }));
}

function tokenInFile(file: string): Found {
  try {
    const { mode } = statSync(file);
    if ((mode & 0o007) !== 0) {
      return problemOf("everybody on this machine may read the file of MANCHOT_MATRIX_TOKEN_FILE", `chmod o= ${file}`);
    }
    return tokenIn(readFileSync(file, "utf8").trimEnd(), `the file of MANCHOT_MATRIX_TOKEN_FILE (${file})`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return problemOf(
      `the file of MANCHOT_MATRIX_TOKEN_FILE cannot be read (${code}): ${file}`,
      "See that it is there, and that the bot's user may read it.",
    );
  }
}

function tokenIn(text: string, where: string): Found {
  if (/^[!-~]{8,1024}$/.test(text)) return { ok: true, secret: new Secret(text) };
  return problemOf(
    `${where} does not hold an access token`,
    "It is one line of letters, digits and signs, without spaces or quotes.",
  );
}
