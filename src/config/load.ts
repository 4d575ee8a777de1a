/** Reads `manchot.yaml` and the environment: a whole configuration, or everything that is wrong with it. */
import { dirname, resolve } from "node:path";
import type { z } from "zod";
import { type Read, readText, readYaml } from "./document.ts";
import { type Environment, type TokenOf, tokenOf, unknownVariables } from "./environment.ts";
import type { Path, Position, Problem } from "./problem.ts";
import { configSchema } from "./schema.ts";
import type { Secret } from "./secret.ts";

export type Written = z.output<typeof configSchema>;

type Token = { readonly token: Secret };

/** Paths are absolute; `age` is in milliseconds; tokens are wrapped, so that they cannot be shown by mistake. */
export type Config = Omit<Written, TokenOf | "age"> & {
  readonly matrix?: NonNullable<Written["matrix"]> & Token;
  readonly fediverse?: NonNullable<Written["fediverse"]> & Token;
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

/** The file alone, without the secrets that the bot wants with it: enough for who is who. */
export function readConfig(file: string): Read<Written> {
  const text = readText(file, missing);
  return text.ok ? readYaml(file, text.text, configSchema) : text;
}

const missing = "Copy manchot.example.yaml to it, and fill it in.";

/** Relative paths in the file count from its own folder. */
export function loadConfig(file: string, env: Environment): Loaded {
  const text = readText(file, missing);
  const read = text.ok ? readYaml(file, text.text, configSchema) : text;
  // Only networks that are configured need a token; of a file that cannot be taken, its lines must tell which those are.
  const token = (network: TokenOf) => {
    const wanted = read.ok
      ? read.value[network] !== undefined
      : text.ok && new RegExp(`^${network}:`, "m").test(text.text);
    return wanted ? tokenOf(network, env) : undefined;
  };
  const matrixToken = token("matrix");
  const fediverseToken = token("fediverse");
  const surroundings = [
    ...unknownVariables(env),
    ...[matrixToken, fediverseToken].flatMap((found) => (found?.ok === false ? [found.problem] : [])),
  ];
  if (!read.ok || surroundings.length > 0) {
    return { ok: false, problems: [...(read.ok ? [] : read.problems), ...surroundings] };
  }
  const { age, matrix, fediverse, state, hypervisors, ...rest } = read.value;
  const folder = dirname(resolve(file));
  const config: Config = {
    ...rest,
    ageMs: age,
    state: resolve(folder, state),
    hypervisors: hypervisors.map((one) => ({ ...one, ssh: { ...one.ssh, key: resolve(folder, one.ssh.key) } })),
    ...(matrix && matrixToken?.ok ? { matrix: { ...matrix, token: matrixToken.secret } } : {}),
    ...(fediverse && fediverseToken?.ok ? { fediverse: { ...fediverse, token: fediverseToken.secret } } : {}),
  };
  return { ok: true, config, at: read.at };
}
