/** What Debian's ssh-keygen says of signatures that ssh-keygen made. */
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { signerOf } from "../../../src/executor/factors/signature.ts";
import { temporaryFolder } from "../bench.ts";
import { makeKey } from "./keys.ts";
import { makeToken } from "./token.ts";

const text = 'Manchot plan 1\nhost: "here"\nnote: é\ndecision: approve\n';

describe.each(["ed25519", "rsa", "ecdsa"] as const)("a signature by a key of the kind %s", (kind) => {
  test("is its key's, over exactly this text", async () => {
    const [key, other] = [makeKey(kind), makeKey("ed25519")];
    const signature = key.sign(text);
    expect(await signerOf(text, signature, [other.line, key.line])).toBe(key.fingerprint);
    expect(await signerOf(text, signature, [other.line])).toBeUndefined();
    expect(await signerOf(text, signature, [])).toBeUndefined();
    for (const wrong of [text.slice(0, -1), `${text}\n`, text.replace("approve", "deny"), ""]) {
      expect(await signerOf(wrong, signature, [key.line])).toBeUndefined();
    }
  });
});

test("a signature by a key that lives in a FIDO token is its key's too", async () => {
  const [token, other] = [makeToken(), makeToken()];
  const signature = token.sign(text);
  expect(await signerOf(text, signature, [other.line, token.line])).toBe(token.fingerprint);
  expect(await signerOf(text, signature, [other.line])).toBeUndefined();
  expect(await signerOf(text.replace("approve", "deny"), signature, [token.line])).toBeUndefined();
});

test("a signature for something else, or that is none, is nobody's, and nothing is left behind", async () => {
  const folder = temporaryFolder();
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  const key = makeKey("ed25519", folder);
  const before = readdirSync(folder);
  const signature = key.sign(text);
  for (const wrong of [
    key.sign(text, "git"),
    key.sign(text, "file"),
    signature.replace("U1NI", "U1NJ"),
    "",
    "\0",
    key.line,
  ]) {
    expect(await signerOf(text, wrong, [key.line])).toBeUndefined();
  }
  expect(tmpdir()).toBe(folder);
  expect(readdirSync(folder)).toEqual(before);
});
