/** Persons with second factors on the lab's hypervisor, enrolled there by root with the installed program. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Hypervisor } from "../../lab/hypervisor.ts";
import { codeAt, fromBase32, stepAt, stepLength } from "../../src/executor/factors/totp.ts";
import { type Key, makeKey } from "../executor/factors/keys.ts";
import { keepSecret } from "./logs.ts";

const program = "manchot-executor";

/** The ssh of this machine, as somebody who has the guest's host key already. */
export function sshTo(guest: Hypervisor, user: string, keyFile: string, words: readonly string[] = []): ChildProcess {
  const known = join(guest.folder, "known_hosts");
  const [kind, blob] = guest.hostKey.line.split(" ");
  writeFileSync(known, `[127.0.0.1]:${guest.port} ${kind} ${blob}\n`);
  const options = ["-F", "none", "-i", keyFile, "-o", `UserKnownHostsFile=${known}`, "-o", "BatchMode=yes"];
  const argv = [...options, "-p", String(guest.port), `${user}@127.0.0.1`, ...words];
  return spawn("ssh", argv, { stdio: ["pipe", "pipe", "ignore"] });
}

/** Enrols a key, and gives it. Its private half stays on this machine. */
export async function enrolKey(guest: Hypervisor, person: string): Promise<Key> {
  const folder = join(guest.folder, `key-of-${person}`);
  mkdirSync(folder);
  const key = makeKey("ed25519", folder);
  await enrolLine(guest, person, key.line);
  return key;
}

export async function enrolLine(guest: Hypervisor, person: string, line: string): Promise<void> {
  const file = "/root/enrolled.pub";
  const written = await guest.run(["dd", "status=none", `of=${file}`], { input: `${line}\n` });
  const { code, stderr } = await guest.run([program, "enrol-factor", person, "--key", file]);
  if (written.code !== 0 || code !== 0) throw new Error(`enrol-factor ${person}: ${stderr}`);
}

/** Gives a code that was not given before, and that the executor takes now. */
export type Codes = () => Promise<string>;

/** Enrols as a person does: the secret is read from the terminal, and its code typed in there. */
export async function enrolCodes(guest: Hypervisor, person: string): Promise<Codes> {
  const child = sshTo(guest, "root", guest.keyFile, [program, "enrol-factor", person, "--totp"]);
  const exited = once(child, "exit");
  let shown = "";
  let secret: Buffer | undefined;
  for await (const chunk of child.stdout ?? []) {
    shown += String(chunk);
    const uri = /^otpauth:\S+$/m.exec(shown)?.[0];
    if (uri === undefined || secret !== undefined) continue;
    const text = keepSecret(new URL(uri).searchParams.get("secret") ?? "");
    secret = fromBase32(text);
    if (secret === undefined) throw new Error("the secret is no base32");
    child.stdin?.end(`${codeAt(secret, await stepNow(guest))}\n`);
  }
  const [code] = await exited;
  if (code !== 0 || secret === undefined) throw new Error(`enrol-factor ${person} --totp: exit ${code}`);
  return codesOf(guest, secret);
}

/** The host's clock counts, not this machine's. */
async function stepNow(guest: Hypervisor): Promise<number> {
  return stepAt(Number((await guest.run(["date", "+%s"])).stdout));
}

/** One code for each time step, the next one early where this one is spent: the executor takes it from half a minute before. */
function codesOf(guest: Hypervisor, secret: Buffer): Codes {
  let last = 0;
  return async () => {
    for (;;) {
      const now = await stepNow(guest);
      const step = Math.max(now, last + 1);
      if (step <= now + 1) {
        last = step;
        return codeAt(secret, step);
      }
      await sleep((1000 * stepLength) / 10);
    }
  };
}
