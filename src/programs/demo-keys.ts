/**
 * The sandbox's second factors: each admin has an SSH key, and a phone that shows codes; made here and kept with the
 * sandbox's state, so that a newcomer can approve what wants approval. They open nothing but the simulated hypervisor.
 */
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeAt, fromBase32, stepAt, toBase32 } from "../executor/factors/totp.ts";
import { signatureNamespace, signedText } from "../protocol/plan.ts";
import { approvalLine } from "./sign/approval-line.ts";

/** Where the executor looks for it, too: what signs here can be verified there. */
const sshKeygen = "/usr/bin/ssh-keygen";

export interface DemoKeys {
  /** False where this machine has no ssh-keygen: then nobody has a key. */
  readonly available: boolean;
  has(person: string): boolean;
  /** What the person says to approve a plan, given the executor's text of it. Throws where ssh-keygen will not sign. */
  sign(person: string, request: number, text: string): string;
  /** A code of theirs that this run has not given yet, and that is accepted now; nothing where it must be waited for. */
  code(person: string): string | undefined;
}

/**
 * Makes the keys that are not there yet, and enrols them all. `folder`: where they are kept; `factors`: the simulated
 * hypervisor's file of second factors.
 */
export function makeDemoKeys(
  folder: string,
  factors: string,
  persons: readonly string[],
  program: string = sshKeygen,
): DemoKeys {
  if (!existsSync(program)) return { available: false, has: () => false, sign: cannot, code: cannot };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = (person: string): string => join(folder, person);
  for (const person of persons) {
    if (!existsSync(file(person))) {
      run(program, ["-q", "-t", "ed25519", "-N", "", "-C", `${person} in the sandbox`, "-f", file(person)]);
    }
  }
  const secrets = new Map(persons.map((person) => [person, secretIn(`${file(person)}.totp`)]));
  const enrolled = persons.map((person) => {
    const keys = [readFileSync(`${file(person)}.pub`, "utf8").trim()];
    return [person, { totp: secrets.get(person), keys }];
  });
  const last = new Map<string, number>();
  writeFileSync(factors, `${JSON.stringify({ persons: Object.fromEntries(enrolled) }, null, 2)}\n`, { mode: 0o640 });
  return {
    available: true,
    has: (person) => persons.includes(person),
    sign(person, request, text) {
      const armour = run(program, ["-Y", "sign", "-n", signatureNamespace, "-f", file(person)], signedText({ text }));
      return approvalLine(request, armour) ?? cannot();
    },
    code(person) {
      const secret = fromBase32(secrets.get(person) ?? "");
      if (secret === undefined) return cannot();
      const now = stepAt(Date.now() / 1000);
      const step = Math.max(now, (last.get(person) ?? 0) + 1);
      // A code is accepted half a minute early, too.
      if (step > now + 1) return undefined;
      last.set(person, step);
      return codeAt(secret, step);
    },
  };
}

/** The secret of a phone, made where there is none yet. */
function secretIn(file: string): string {
  if (!existsSync(file)) writeFileSync(file, toBase32(randomBytes(20)), { mode: 0o600 });
  return readFileSync(file, "utf8");
}

function run(program: string, words: readonly string[], input = ""): string {
  const { status, stdout, stderr } = spawnSync(program, words, { input, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

function cannot(): never {
  throw new Error("there is no such factor");
}
