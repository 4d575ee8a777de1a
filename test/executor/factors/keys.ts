/** Real keys and real signatures: made by OpenSSH's own ssh-keygen, in a folder that goes away. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Plan, signatureNamespace, signedText } from "../../../src/protocol/plan.ts";
import { temporaryFolder } from "../bench.ts";

export type Key = {
  /** `ssh-ed25519 AAAA… comment` */
  readonly line: string;
  readonly fingerprint: string;
  sign(text: string, namespace?: string): string;
  approve(plan: Pick<Plan, "text">): string;
};

function keygen(words: readonly string[], input = ""): string {
  const done = spawnSync("/usr/bin/ssh-keygen", words, { encoding: "utf8", input });
  if (done.status !== 0) throw new Error(`ssh-keygen ${words.join(" ")}: ${done.stderr}`);
  return done.stdout;
}

export function makeKey(kind: "ed25519" | "rsa" | "ecdsa" = "ed25519", folder = temporaryFolder()): Key {
  const file = join(folder, "key");
  keygen(["-q", "-t", kind, ...(kind === "rsa" ? ["-b", "3072"] : []), "-N", "", "-C", "a test", "-f", file]);
  const sign = (text: string, namespace: string = signatureNamespace) =>
    keygen(["-Y", "sign", "-q", "-n", namespace, "-f", file], text);
  return {
    line: readFileSync(`${file}.pub`, "utf8").trim(),
    fingerprint: keygen(["-l", "-f", `${file}.pub`]).split(" ")[1] ?? "",
    sign,
    approve: (plan) => sign(signedText(plan)),
  };
}
