/**
 * The host's file of second factors: root writes it at the terminal, the daemon only reads it. What is wrong in it makes
 * all of it count for nothing; and no word about it repeats what stands in it.
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import * as z from "zod/mini";
import { sha256 } from "../canonical.ts";
import { parsePublicKey } from "../setup/public-key.ts";
import { fromBase32 } from "./totp.ts";

export const defaultFactorsFile = "/etc/manchot/factors.json";

/** As the bot's configuration writes a person's id. */
export const personId = /^[a-z][a-z0-9-]{0,30}$/;
/** RFC 4226 wants 16 bytes. */
const leastSecret = 16;
const largestFile = 1024 * 1024;

export const textSchema = z.strictObject({
  persons: z.record(
    z.string().check(z.regex(personId)),
    z.strictObject({ totp: z.optional(z.string()), keys: z.optional(z.array(z.string()).check(z.maxLength(20))) }),
  ),
});

export type FactorsText = z.infer<typeof textSchema>;

type Key = {
  /** The kind and the blob: `ssh-ed25519 AAAA…`. */
  readonly line: string;
  /** `SHA256:…`, as ssh-keygen tells it. */
  readonly fingerprint: string;
};
export type Enrolled = {
  readonly totp?: {
    readonly secret: Buffer /** Tells one secret from another, and nothing of it. */;
    readonly mark: string;
  };
  readonly keys: readonly Key[];
};
export type Factors = ReadonlyMap<string, Enrolled>;
export type ReadFactors = { readonly ok: true; readonly value: Factors } | { readonly ok: false; readonly why: string };

/** No file: nobody is enrolled. It must belong to root, or to whoever runs this, and nobody else may write or read it. */
export function readFactors(file: string): ReadFactors {
  const text = readFactorsText(file);
  if (!text.ok) return text;
  return text.value === undefined ? { ok: true, value: new Map() } : parseFactors(text.value, file);
}

/** The file's text, after a look at whose it is; nothing where there is no file. */
export function readFactorsText(
  file: string,
): { readonly ok: true; readonly value: string | undefined } | { readonly ok: false; readonly why: string } {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    return code === "ENOENT" ? { ok: true, value: undefined } : wrong(file, `it cannot be opened (${code})`);
  }
  try {
    const { uid, mode, size } = fstatSync(fd);
    if (uid !== 0 && uid !== process.geteuid?.())
      return wrong(file, `it belongs to user ${uid}. Mend it: chown root ${file}`);
    if ((mode & 0o027) !== 0) return wrong(file, `others may read or write it. Mend it: chmod 0640 ${file}`);
    if (size > largestFile) return wrong(file, "it is too large");
    return { ok: true, value: readFileSync(fd, "utf8") };
  } catch {
    return wrong(file, "it cannot be read");
  } finally {
    closeSync(fd);
  }
}

export function parseFactors(text: string, file: string): ReadFactors {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Its message would repeat the text round the mistake.
    return wrong(file, "it is not JSON");
  }
  const checked = textSchema.safeParse(value);
  if (!checked.success) {
    // Of what is written there only the persons' own names are repeated.
    const { path } = checked.error.issues[0] ?? { path: [] };
    const [, person] = path.map(String);
    return wrong(
      file,
      person !== undefined && personId.test(person)
        ? `what it has for ${person} cannot be`
        : "it is not of the right form",
    );
  }
  const factors = new Map<string, Enrolled>();
  const owners = new Map<string, string>();
  for (const [person, { totp, keys = [] }] of Object.entries(checked.data.persons)) {
    const secret = totp === undefined ? undefined : fromBase32(totp);
    if (totp !== undefined && (secret === undefined || secret.length < leastSecret)) {
      return wrong(file, `the totp secret of ${person} is not ${leastSecret} bytes or more in base32`);
    }
    const parsed: Key[] = [];
    for (const [index, line] of keys.entries()) {
      const key = parsePublicKey(line);
      if (!key.ok) return wrong(file, `key ${index + 1} of ${person} is no public key of OpenSSH`);
      parsed.push({ line: key.value, fingerprint: fingerprintOf(key.value) });
    }
    const own = secret === undefined ? { keys: parsed } : { totp: { secret, mark: markOf(secret) }, keys: parsed };
    // Two persons are two people: what serves for one must not serve for another.
    for (const mark of new Set(marksOf(own))) {
      const other = owners.get(mark);
      if (other !== undefined) return wrong(file, `${other} and ${person} have one factor in common`);
      owners.set(mark, person);
    }
    factors.set(person, own);
  }
  return { ok: true, value: factors };
}

/** What tells a person's factors apart, with nothing secret in it: as the journal keeps them. */
export function marksOf({ totp, keys }: Enrolled): string[] {
  return [...(totp === undefined ? [] : [totp.mark]), ...keys.map(({ fingerprint }) => fingerprint)];
}

/** A quarter of a hash of 16 random bytes or more: nobody finds the secret, or a code, from it. */
function markOf(secret: Buffer): string {
  return `totp:${sha256(`manchot totp ${secret.toString("hex")}`).slice(0, 8)}`;
}

export function fingerprintOf(line: string): string {
  const blob = Buffer.from(line.split(" ")[1] ?? "", "base64");
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

function wrong(file: string, what: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why: `${file}: ${what}` };
}
