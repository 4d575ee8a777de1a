/** Whether the bot can start: configuration, people, policies and the bot's key, with everything that is wrong at once. */
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { type LoadedPolicies, loadPolicies, type Policies } from "../authorisation/load.ts";
import { privateKeyTrouble } from "../hypervisor/private-key.ts";
import { peopleOf } from "../people/people.ts";
import type { People } from "../people/person.ts";
import type { Read } from "./document.ts";
import type { Environment } from "./environment.ts";
import { type Config, type Loaded, loadConfig, readConfig, type Written } from "./load.ts";
import type { Position, Problem } from "./problem.ts";

export type Start =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly people: People;
      readonly policies: Policies;
      /** Reads the policies anew, by the same measure; the configuration stays as it was read. */
      readonly readPolicies: () => LoadedPolicies;
    }
  /** The configuration, where it is sound by itself. */
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly config: Config | undefined };

type Given = {
  /** The path of manchot.yaml. */
  readonly config: string;
  /** The folder of the policies. */
  readonly policies: string;
  /** All that the bot has. */
  readonly commands: readonly { readonly action: string; readonly kind?: string }[];
};

/** Print the problems with `printProblems`. */
export function checkStart(given: Given & { readonly env: Environment }): Start {
  const loaded = loadConfig(given.config, given.env);
  const readPolicies = (): LoadedPolicies =>
    policiesFor(given, loaded.ok ? { ...loaded, value: loaded.config } : loaded);
  const read = readPolicies();
  const problems: Problem[] = [
    ...(loaded.ok ? keyProblems(given.config, loaded) : loaded.problems),
    ...(read.ok ? [] : read.problems),
  ];
  if (!loaded.ok) return { ok: false, problems, config: undefined };
  const { config } = loaded;
  if (!read.ok || problems.length > 0) return { ok: false, problems, config };
  return { ok: true, config, people: peopleOf(config.people), policies: read.policies, readPolicies };
}

/** Who may what, without what only the bot itself needs: its secrets and its key. */
export function readRules(
  given: Given,
):
  | { readonly ok: true; readonly config: Written; readonly people: People; readonly policies: Policies }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  const read = readConfig(given.config);
  const policies = policiesFor(given, read);
  if (read.ok && policies.ok) {
    return { ok: true, config: read.value, people: peopleOf(read.value.people), policies: policies.policies };
  }
  return { ok: false, problems: [...(read.ok ? [] : read.problems), ...(policies.ok ? [] : policies.problems)] };
}

type Concerned = Pick<Written, "people" | "hypervisors">;
type Sound<T> = Extract<Read<T>, { ok: true }>;

/** The policies, and whether the people of the configuration have roles that are theirs. */
function policiesFor({ config: file, policies, commands }: Given, read: Read<Concerned>): LoadedPolicies {
  const host = read.ok ? read.value.hypervisors[0]?.name : undefined;
  const actions = commands.map((command) => command.action);
  const changes = commands.filter((command) => command.kind === "change").map((command) => command.action);
  const loaded = loadPolicies(policies, { actions, changes, ...(host === undefined ? {} : { host }) });
  if (!loaded.ok || !read.ok) return loaded;
  const problems = roleProblems(file, read, loaded.policies.roles);
  return problems.length > 0 ? { ok: false, problems } : loaded;
}

/** Roles that the policies do not know, and a host without anybody who could run it. */
function roleProblems(file: string, { value: config, at }: Sound<Concerned>, roles: readonly string[]): Problem[] {
  const given = roles.filter((role) => role !== "stranger");
  const unknown = config.people.flatMap((person, index) =>
    person.roles.flatMap((role, place): Problem[] => {
      if (given.includes(role)) return [];
      const message = `\`${person.id}\` has a role that the policies do not know`;
      const mend = `Roles are: ${given.join(", ")}. A new one is declared in schema.cedarschema.`;
      return [{ file, ...at(["people", index, "roles", place]), message, mend }];
    }),
  );
  if (unknown.length > 0 || config.people.some((person) => person.roles.includes("admin"))) return unknown;
  const mend = "Give the role admin to at least one person: roles: [admin]";
  return [{ file, ...at(["people"]), message: "nobody is admin", mend }];
}

/** As ssh itself, the bot uses no key that others could read. */
function keyProblems(file: string, { config, at }: Extract<Loaded, { ok: true }>): Problem[] {
  return config.hypervisors.flatMap(({ ssh: { key } }, index): Problem[] => {
    const place: Position = at(["hypervisors", index, "ssh", "key"]);
    const problem = (message: string, mend: string): Problem[] => [{ file, ...place, message, mend }];
    try {
      const status = statSync(key);
      if (!status.isFile()) return problem(`${key} is not a file`, "Write the path of the private key.");
      accessSync(key, constants.R_OK);
      if ((status.mode & 0o077) !== 0) return problem(`others may read the key ${key}`, `chmod 600 ${key}`);
      const trouble = privateKeyTrouble(readFileSync(key, "utf8"));
      if (trouble === "passphrase") {
        return problem(`the key ${key} has a passphrase`, `Nobody is there to type it: ssh-keygen -p -N "" -f ${key}`);
      }
      if (trouble !== undefined)
        return problem(`${key} holds no private key`, `Make one: ssh-keygen -t ed25519 -N "" -f ${key}`);
      return [];
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        return problem(`the key ${key} is not there`, `Make it: ssh-keygen -t ed25519 -N "" -f ${key}`);
      }
      return problem(`the key ${key} cannot be read`, "Give it to the user that the bot runs as.");
    }
  });
}
