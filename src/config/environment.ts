/** The secrets, from the environment or from files that it names. They never stand in `manchot.yaml`. */
import { readFileSync, statSync } from "node:fs";
import { closest } from "fastest-levenshtein";
import type { Problem } from "./problem.ts";
import { Secret } from "./secret.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that holds the bot's access token on a network; the same name with `_FILE` names a file that does. */
const tokens = { matrix: "MANCHOT_MATRIX_TOKEN", fediverse: "MANCHOT_FEDIVERSE_TOKEN" } as const;

export type TokenOf = keyof typeof tokens;

/** All variables that are read; each is explained in .env.example. */
export const variables: readonly string[] = Object.values(tokens).flatMap((name) => [name, `${name}_FILE`]);

type Found = { readonly ok: true; readonly secret: Secret } | { readonly ok: false; readonly problem: Problem };

const problemOf = (message: string, mend: string): Found => ({
  ok: false,
  problem: { file: "environment", message, mend },
});

/** The access token on a network: in its variable, or in the file that the other variable names; one of the two. */
export function tokenOf(network: TokenOf, env: Environment): Found {
  const name = tokens[network];
  // An empty variable is an unset one, as in `VARIABLE= command`.
  const direct = env[name] || undefined;
  const file = env[`${name}_FILE`] || undefined;
  if (direct !== undefined && file !== undefined) {
    return problemOf(`${name} and ${name}_FILE are both set`, "Keep one of the two.");
  }
  if (direct !== undefined) return tokenIn(direct, name);
  if (file !== undefined) return tokenInFile(file, `${name}_FILE`);
  const called = { matrix: "Matrix", fediverse: "Fediverse" }[network];
  return problemOf(
    `the ${called} access token is not set`,
    `Set ${name}, or ${name}_FILE to the path of a file that holds it: .env.example tells how to get one.`,
  );
}

/** Variables that look like ours and are not: a typing error would otherwise go unseen. */
export function unknownVariables(env: Environment): Problem[] {
  return Object.keys(env)
    .filter((name) => /^MANCHOT_(MATRIX|FEDI)/.test(name) && !variables.includes(name))
    .map((name) => ({
      file: "environment",
      message: `unknown variable ${name}`,
      mend: `Did you mean ${closest(name, [...variables])}? Unset it, or rename it.`,
    }));
}

function tokenInFile(file: string, variable: string): Found {
  try {
    const { mode } = statSync(file);
    if ((mode & 0o007) !== 0) {
      return problemOf(`everybody on this machine may read the file of ${variable}`, `chmod o= ${file}`);
    }
    return tokenIn(readFileSync(file, "utf8").trimEnd(), `the file of ${variable} (${file})`);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return problemOf(
      `the file of ${variable} cannot be read (${code}): ${file}`,
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
