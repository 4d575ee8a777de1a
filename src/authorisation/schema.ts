/** The schema of the policies: which actions there are, what they are done to, and which roles there are. */
import { schemaToJsonWithResolvedTypes } from "@cedar-policy/cedar-wasm/nodejs";
import type { Problem } from "../config/problem.ts";
import { cedarProblem, type Source } from "./cedar.ts";

/** What an action is done to: the host as a whole, or a VM or dataset on it. */
type ResourceType = "Host" | "Target";

export type Schema = {
  readonly text: string;
  /** The actions that can be asked for (not the groups of them). */
  readonly actions: ReadonlyMap<string, ResourceType>;
  /** Those of the group `change`, for which the guards on changes hold. */
  readonly changes: ReadonlySet<string>;
  readonly roles: readonly string[];
};

/** What this program asks Cedar about; a schema that lacks it would turn every question into a refusal. */
const needed = ["Person", "Role", "Host", "Target", "Network"];

/** What each question carries in its context, and Cedar therefore wants declared. */
const carried = ["network", "place", "direct", "encrypted", "local", "pinned", "verified", "visibility"];

export function readSchema(source: Source): { ok: true; schema: Schema } | { ok: false; problems: Problem[] } {
  const parsed = schemaToJsonWithResolvedTypes(source.text);
  if (parsed.type === "failure") {
    const mend = "Nothing can be decided without the schema.";
    return { ok: false, problems: parsed.errors.map((error) => cedarProblem(source, 0, error, mend)) };
  }
  const names = parsed.json[""] ?? { entityTypes: {}, actions: {} };
  const problem = (message: string, mend: string): Problem => ({ file: source.file, message, mend });
  const problems = needed
    .filter((name) => names.entityTypes[name] === undefined)
    .map((name) => problem(`the entity type ${name} is not declared`, `Declare it again: entity ${name} …;`));

  const role = names.entityTypes.Role;
  const roles = role !== undefined && "enum" in role ? role.enum : [];
  if (!roles.includes("stranger")) {
    problems.push(problem('the roles do not hold "stranger"', 'Write: entity Role enum ["stranger", …];'));
  }

  const actions = new Map<string, ResourceType>();
  for (const [name, action] of Object.entries(names.actions)) {
    const types = action.appliesTo?.resourceTypes ?? [];
    if (types.length === 0) continue; // a group
    const [type] = types;
    if (types.length === 1 && (type === "Host" || type === "Target")) actions.set(name, type);
    else
      problems.push(
        problem(`the action ${name} has no clear resource`, "Write either `resource: Host` or `resource: Target`."),
      );
  }
  const lacking = new Set(
    Object.values(names.actions).flatMap(({ appliesTo }) => {
      if ((appliesTo?.resourceTypes ?? []).length === 0) return [];
      const context = appliesTo?.context;
      // A record, or the name of one.
      const type = names.commonTypes?.[String(context?.type)] ?? context;
      const attributes = Object.keys((type as { attributes?: object } | undefined)?.attributes ?? {});
      return carried.filter((name) => !attributes.includes(name));
    }),
  );
  if (lacking.size > 0) {
    problems.push(
      problem(
        `the circumstances lack ${[...lacking].join(", ")}`,
        "Declare them as the policies do that come with Manchot: its questions carry them.",
      ),
    );
  }
  if (problems.length > 0) return { ok: false, problems };
  const changes = new Set(
    [...actions.keys()].filter((name) => names.actions[name]?.memberOf?.some((group) => group.id === "change")),
  );
  return { ok: true, schema: { text: source.text, actions, changes, roles } };
}
