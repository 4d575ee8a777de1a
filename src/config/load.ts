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

const missing = "Copy manchot.example.yaml to it, and fill it in.";

/** The file alone, without the secrets that the bot wants with it. Relative paths in it count from its own folder. */
export function readConfig(file: string): Read<Written> {
  return parseConfig(file, readText(file, missing));
}

function parseConfig(file: string, text: ReturnType<typeof readText>): Read<Written> {
  const read = text.ok ? readYaml(file, text.text, configSchema) : text;
  if (!read.ok) return read;
  const folder = dirname(resolve(file));
  const { state, hypervisors, ...rest } = read.value;
  const absolute = hypervisors.map((one) => ({ ...one, ssh: { ...one.ssh, key: resolve(folder, one.ssh.key) } }));
  return { ...read, value: { ...rest, state: resolve(folder, state), hypervisors: absolute } };
}

/** The file and the secrets. */
export function loadConfig(file: string, env: Environment): Loaded {
  const text = readText(file, missing);
  const read = parseConfig(file, text);
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
  const { age, matrix, fediverse, ...rest } = read.value;
  const config: Config = {
    ...rest,
    ageMs: age,
    ...(matrix && matrixToken?.ok ? { matrix: { ...matrix, token: matrixToken.secret } } : {}),
    ...(fediverse && fediverseToken?.ok ? { fediverse: { ...fediverse, token: fediverseToken.secret } } : {}),
  };
  return { ok: true, config, at: read.at };
}
