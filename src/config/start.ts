/** Whether the bot can start: configuration, people, policies and the bot's key, with everything that is wrong at once. */
import { accessSync, constants, statSync } from "node:fs";
import { loadPolicies, type Policies } from "../authorisation/load.ts";
import { peopleOf } from "../people/people.ts";
import type { People } from "../people/person.ts";
import type { Environment } from "./environment.ts";
import { type Config, type Loaded, loadConfig } from "./load.ts";
import type { Position, Problem } from "./problem.ts";

export type Start =
  | { readonly ok: true; readonly config: Config; readonly people: People; readonly policies: Policies }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * `config`: the path of manchot.yaml. `policies`: the folder of the policies. `commands`: all that the bot has.
 * Print the problems with `printProblems`.
 */
export function checkStart(given: {
  readonly config: string;
  readonly env: Environment;
  readonly policies: string;
  readonly commands: readonly { readonly action: string; readonly kind?: string }[];
}): Start {
  const loaded = loadConfig(given.config, given.env);
  const host = loaded.ok ? loaded.config.hypervisors[0]?.name : undefined;
  const actions = given.commands.map((command) => command.action);
  const changes = given.commands.filter((command) => command.kind === "change").map((command) => command.action);
  const read = loadPolicies(given.policies, { actions, changes, ...(host === undefined ? {} : { host }) });
  const problems: Problem[] = [
    ...(loaded.ok ? keyProblems(given.config, loaded) : loaded.problems),
    ...(read.ok ? [] : read.problems),
    ...(loaded.ok && read.ok ? roleProblems(given.config, loaded, read.policies.roles) : []),
  ];
  if (!loaded.ok || !read.ok || problems.length > 0) return { ok: false, problems };
  return { ok: true, config: loaded.config, people: peopleOf(loaded.config.people), policies: read.policies };
}

type Whole = Extract<Loaded, { ok: true }>;

/** Roles that the policies do not know, and a host without anybody who could run it. */
function roleProblems(file: string, { config, at }: Whole, roles: readonly string[]): Problem[] {
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
function keyProblems(file: string, { config, at }: Whole): Problem[] {
  return config.hypervisors.flatMap(({ ssh: { key } }, index): Problem[] => {
    const place: Position = at(["hypervisors", index, "ssh", "key"]);
    const problem = (message: string, mend: string): Problem[] => [{ file, ...place, message, mend }];
    try {
      const status = statSync(key);
      if (!status.isFile()) return problem(`${key} is not a file`, "Write the path of the private key.");
      accessSync(key, constants.R_OK);
      if ((status.mode & 0o077) !== 0) return problem(`others may read the key ${key}`, `chmod 600 ${key}`);
      return [];
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") {
        return problem(`the key ${key} is not there`, `Make it: ssh-keygen -t ed25519 -N "" -f ${key}`);
      }
      return problem(`the key ${key} cannot be read`, "Give it to the user that the bot runs as.");
    }
  });
}
