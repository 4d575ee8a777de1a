/** The executor's configuration: a small file of root's. Whatever is not understood in it stops the start. */
import { readFileSync, statSync } from "node:fs";
import * as z from "zod/mini";
import { operationClass } from "../protocol/operations.ts";
import type { Rules } from "./executor.ts";
import { defaultFactorsFile } from "./factors/file.ts";
import { wordsOf } from "./words.ts";

export const defaultConfig = "/etc/manchot/executor.json";

const absolute = z.string().check(z.regex(/^\/[^\0]*$/));
/** A Unix socket's path has 107 bytes at most. */
const socketPath = z.string().check(z.regex(/^\/[^\0]*$/), z.maxLength(107));
const count = z.int().check(z.positive());
/**
 * So many at one moment and no more: what one command made, one channel program can take back, and ZFS bears about a hundred
 * destroyed snapshots in one. (Their names fill 25 KiB of an argv's 128 at most, their plan 200 KiB of a line's MiB.)
 */
const snapshotCount = z.int().check(z.positive(), z.maximum(100));
const target = z.string().check(z.minLength(1));

const schema = z.strictObject({
  /** The host's name, as plans and answers tell it. */
  host: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/)),
  /** Where the journal lives. */
  state: z._default(absolute, "/var/lib/manchot"),
  /** One socket for each identity. With a group, its members may connect; without, root and the daemon alone. */
  sockets: z.strictObject({
    bot: z.strictObject({ path: socketPath, group: z.optional(z.string().check(z.minLength(1))) }),
    host: z.strictObject({ path: socketPath }),
  }),
  /** The second factors of those who approve: root's own file, written by `enrol-factor` alone. */
  factors: z._default(absolute, defaultFactorsFile),
  limits: z._default(z.strictObject({ perMinute: z._default(count, 10), perHour: z._default(count, 60) }), {
    perMinute: 10,
    perHour: 60,
  }),
  /** The pools in which it may change anything; where it is not said, all. */
  pools: z.optional(z.array(target)),
  protected: z._default(z.array(z.union([target, z.strictObject({ target, from: operationClass })])), []),
  maximum: z._default(z.strictObject({ vms: z._default(count, 1), snapshots: z._default(snapshotCount, 50) }), {
    vms: 1,
    snapshots: 50,
  }),
});
export type Config = z.infer<typeof schema>;

/** What the configuration says, or why it cannot be used, for people. */
export type ReadConfig = { readonly ok: true; readonly value: Config } | { readonly ok: false; readonly why: string };

/** Reads the file. It must belong to root, or to whoever runs this, and nobody else may write to it. */
export function readConfig(file: string): ReadConfig {
  let text: string;
  try {
    const { uid, mode } = statSync(file);
    if (uid !== 0 && uid !== process.geteuid?.()) {
      return wrong(file, `it belongs to user ${uid}. Mend it: chown root ${file}`);
    }
    if ((mode & 0o022) !== 0) return wrong(file, `others may write to it. Mend it: chmod go-w ${file}`);
    text = readFileSync(file, "utf8");
  } catch (error) {
    return wrong(file, `it cannot be read: ${wordsOf(error)}`);
  }
  return parseConfig(text, file);
}

export function parseConfig(text: string, file: string): ReadConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return wrong(file, `it is not JSON: ${wordsOf(error)}`);
  }
  const checked = schema.safeParse(value);
  if (checked.success) return { ok: true, value: checked.data };
  return wrong(file, checked.error.issues.map(inWords).join("\n"));
}

function inWords(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join(".");
  const where = path === "" ? "the file" : `"${path}"`;
  switch (issue.code) {
    case "unrecognized_keys":
      return `${where} has ${issue.keys.map((key) => `"${key}"`).join(", ")}, which is not known here. Take it out, or look for a slip in its spelling.`;
    case "invalid_type":
      return `${where} is missing, or is not of the type ${issue.expected}.`;
    case "too_big":
      return `${where} is too much: at most ${issue.maximum} can be.`;
    default:
      return `${where} has a value that cannot be. Look it up in the file that \`manchot-executor setup\` prints.`;
  }
}

function wrong(file: string, what: string): ReadConfig {
  return { ok: false, why: `${file}: ${what}` };
}

/** What the executor itself needs to know of it. */
export function rulesOf({ host, limits, pools, protected: guarded, maximum, factors }: Config): Rules {
  const protections = guarded.map((one) => (typeof one === "string" ? { target: one } : one));
  return { host, limits, factors, rails: { pools, protected: protections, maximum } };
}
