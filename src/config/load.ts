/** Reads `manchot.yaml` and the environment: a whole configuration, or everything that is wrong with it. */
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { readText, readYaml } from "./document.ts";
import { type Environment, matrixToken, unknownVariables } from "./environment.ts";
import type { Path, Position, Problem } from "./problem.ts";
import { configSchema } from "./schema.ts";
import type { Secret } from "./secret.ts";

type Written = z.output<typeof configSchema>;

/** Paths are absolute; `age` is in milliseconds; the Matrix token is wrapped, so that it cannot be shown by mistake. */
export type Config = Omit<Written, "matrix" | "age"> & {
  readonly matrix: Written["matrix"] & { readonly token: Secret };
  readonly ageMs: number;
};

export type Loaded =
  | {
      readonly ok: true;
      readonly config: Config;
      /** Where in the file a value stands. */
      readonly at: (path: Path) => Position;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Relative paths in the file count from its own folder. */
export function loadConfig(file: string, env: Environment): Loaded {
  const text = readText(file, "Copy manchot.example.yaml to it, and fill it in.");
  const read = text.ok ? readYaml(file, text.text, configSchema) : text;
  const token = matrixToken(env);
  const surroundings = [...unknownVariables(env), ...(token.ok ? [] : [token.problem])];
  if (!read.ok || !token.ok || surroundings.length > 0) {
    return { ok: false, problems: [...(read.ok ? [] : read.problems), ...surroundings] };
  }
  const folder = dirname(resolve(file));
  const { age, matrix, state, hypervisors, ...rest } = read.value;
  const config: Config = {
    ...rest,
    ageMs: age,
    state: resolve(folder, state),
    hypervisors: hypervisors.map((one) => ({ ...one, ssh: { ...one.ssh, key: resolve(folder, one.ssh.key) } })),
    matrix: { ...matrix, token: token.secret },
  };
  return { ok: true, config, at: read.at };
}
