/** Second factors, as root enrols and revokes them: nothing of this is in the protocol, and no secret leaves this terminal. */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readConfig } from "../config.ts";
import { fingerprintOf, personId } from "../factors/file.ts";
import { stepsOf, toBase32 } from "../factors/totp.ts";
import { readWritten, writeFactors } from "../factors/written.ts";
import { textOf } from "../setup/machine.ts";
import { parsePublicKey } from "../setup/public-key.ts";
import type { EnrolCommand, RevokeCommand } from "../subcommands.ts";
import { complain } from "../words.ts";
import { question } from "./question.ts";
import { failureLine } from "./show.ts";

/** Bytes of a secret: as long as the hash of its codes. */
const secretLength = 20;
const tries = 3;
const qrencode = "/usr/bin/qrencode";

/** Resolves with the exit code. */
export async function enrolFactor({ config: file, person, totp, key }: EnrolCommand): Promise<number> {
  const place = placeOf(file, person);
  if (typeof place === "number") return place;
  if (totp === (key !== undefined)) return complained("give one of --totp and --key FILE", 2);
  return key === undefined ? enrolTotp(place, person) : enrolKey(place, person, key);
}

type Place = { readonly factors: string; readonly host: string };

function placeOf(file: string, person: string): Place | number {
  const config = readConfig(file);
  if (!config.ok) return complained(config.why, 1);
  if (!personId.test(person))
    return complained(`"${person}" cannot be a person's id: as the bot's configuration has it, like zelie`, 2);
  return { factors: config.value.factors, host: config.value.host };
}

function complained(why: string, code: number): number {
  complain(why);
  return code;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** It counts only once a code has come back: a secret that no telephone holds would lock its person out. */
async function enrolTotp({ factors, host }: Place, person: string): Promise<number> {
  const before = readWritten(factors);
  if (!before.ok) return complained(failureLine(before.failure), 1);
  const secret = randomBytes(secretLength);
  const uri = `otpauth://totp/${encodeURIComponent(`Manchot ${host}:${person}`)}?secret=${toBase32(secret)}&issuer=${encodeURIComponent(`Manchot ${host}`)}`;
  if (before.value.persons[person]?.totp !== undefined)
    say(`${person} has a secret already: this one will replace it.`);
  const drawn = spawnSync(qrencode, ["-t", "ANSIUTF8"], { input: uri, encoding: "utf8" });
  say(
    drawn.status === 0
      ? drawn.stdout
      : "No QR code can be drawn here: apt install qrencode. Or type in the secret by hand.",
  );
  say(uri);
  for (let left = tries; left > 0; left--) {
    const code = (await question(`The code that ${person} sees now: `)).replaceAll(" ", "");
    if (code === "") break;
    if (stepsOf(secret, code, Math.floor(Date.now() / 1000), 1).length === 0) {
      complain("that is not its code. Is the clock of the telephone right?");
      continue;
    }
    return change(factors, person, (own) => ({ ...own, totp: toBase32(secret) }), `${person} has a code now.`);
  }
  return complained("nothing was enrolled", 1);
}

async function enrolKey({ factors }: Place, person: string, file: string): Promise<number> {
  const text = textOf(file);
  if (text === undefined) return complained(`${file} cannot be read`, 1);
  const key = parsePublicKey(text);
  if (!key.ok) return complained(`${file}: ${Object.values(key.failure.detail).join(" ")}`, 1);
  const fingerprint = fingerprintOf(key.value);
  const before = readWritten(factors);
  if (!before.ok) return complained(failureLine(before.failure), 1);
  if (keysOf(before.value.persons[person]).some((line) => fingerprintIn(line) === fingerprint)) {
    say(`${person} has the key ${fingerprint} already.`);
    return 0;
  }
  return change(
    factors,
    person,
    (own) => ({ ...own, keys: [...keysOf(own), text.trim()] }),
    `${person} has the key ${fingerprint} now. Compare it with what they see: ssh-keygen -l -f THEIR-KEY.pub`,
  );
}

/** Resolves with the exit code. */
export async function revokeFactor({ config: file, person, totp, key, all }: RevokeCommand): Promise<number> {
  const place = placeOf(file, person);
  if (typeof place === "number") return place;
  if ([totp, key !== undefined, all].filter(Boolean).length !== 1) {
    return complained("give one of --totp, --key FINGERPRINT and --all", 2);
  }
  const before = readWritten(place.factors);
  if (!before.ok) return complained(failureLine(before.failure), 1);
  const own = before.value.persons[person];
  const isKey = keysOf(own).some((line) => fingerprintIn(line) === key);
  if (own === undefined || (totp && own.totp === undefined) || (key !== undefined && !isKey)) {
    const known = keysOf(own).map(fingerprintIn);
    return complained(`${person} has no such factor${known.length > 0 ? `, but the keys ${known.join(", ")}` : ""}`, 1);
  }
  return change(
    place.factors,
    person,
    ({ totp: secret, ...rest }) => {
      if (all) return {};
      const keys = keysOf(rest).filter((line) => fingerprintIn(line) !== key);
      return { ...(secret === undefined || totp ? {} : { totp: secret }), ...(keys.length > 0 ? { keys } : {}) };
    },
    "Revoked. What was approved with it and not applied yet counts no more.",
  );
}

type Own = { totp?: string | undefined; keys?: string[] | undefined };

function change(factors: string, person: string, how: (own: Own) => Own, told: string): number {
  // Read again: time has passed while somebody typed.
  const now = readWritten(factors);
  if (!now.ok) return complained(failureLine(now.failure), 1);
  const { [person]: own = {}, ...others } = now.value.persons;
  const changed = how(own);
  const isEmpty = changed.totp === undefined && keysOf(changed).length === 0;
  const why = writeFactors(factors, { persons: { ...others, ...(isEmpty ? {} : { [person]: changed }) } });
  if (why !== undefined) return complained(why, 1);
  say(told);
  return 0;
}

function keysOf(own: Own | undefined): string[] {
  return own?.keys ?? [];
}

function fingerprintIn(line: string): string {
  const key = parsePublicKey(line);
  return key.ok ? fingerprintOf(key.value) : "";
}
