/** The sandbox's demo keys, made and used with OpenSSH's own ssh-keygen. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readFactors } from "../../src/executor/factors/file.ts";
import { signerOf } from "../../src/executor/factors/signature.ts";
import { stepsOf } from "../../src/executor/factors/totp.ts";
import { makeDemoKeys } from "../../src/programs/demo-keys.ts";
import { signedText } from "../../src/protocol/plan.ts";

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "manchot-demo-keys-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

test("each admin has one, kept from one run to the next, and for nobody else to read", async () => {
  const at = folder();
  const factors = join(at, "factors.json");
  makeDemoKeys(join(at, "keys"), factors, ["zelie", "omar"]);
  const first = readFileSync(factors, "utf8");
  const keys = makeDemoKeys(join(at, "keys"), factors, ["zelie", "omar"]);
  expect(readFileSync(factors, "utf8")).toBe(first);
  expect(statSync(join(at, "keys")).mode & 0o777).toBe(0o700);
  expect(statSync(join(at, "keys", "zelie")).mode & 0o777).toBe(0o600);
  expect(["zelie", "omar", "camille"].map((person) => keys.has(person))).toEqual([true, true, false]);

  const enrolled = readFactors(factors);
  if (!enrolled.ok) throw new Error(enrolled.why);
  const text = "Manchot plan 1\nrequest 41\n";
  const base64 = /^approve #41 (\S+)$/.exec(keys.sign("zelie", 41, text))?.[1] ?? "";
  const armour = `-----BEGIN SSH SIGNATURE-----\n${base64.replace(/.{70}/g, "$&\n")}\n-----END SSH SIGNATURE-----\n`;
  const lines = (person: string) => enrolled.value.get(person)?.keys.map(({ line }) => line) ?? [];
  expect(await signerOf(signedText({ text }), armour, lines("zelie"))).toMatch(/^SHA256:/);
  expect(await signerOf(signedText({ text }), armour, lines("omar"))).toBeUndefined();
});

test("each admin's phone shows codes that the executor takes, each once, and keeps its secret to itself", () => {
  const at = folder();
  const factors = join(at, "factors.json");
  const keys = makeDemoKeys(join(at, "keys"), factors, ["zelie", "omar"]);
  expect(statSync(join(at, "keys", "zelie.totp")).mode & 0o777).toBe(0o600);
  const enrolled = readFactors(factors);
  if (!enrolled.ok) throw new Error(enrolled.why);
  const secret = enrolled.value.get("zelie")?.totp?.secret;
  if (secret === undefined) throw new Error("no secret");
  const now = Date.now() / 1000;
  const [first, next] = [keys.code("zelie"), keys.code("zelie")];
  for (const code of [first, next]) expect(stepsOf(secret, code ?? "", now, 2).length).toBe(1);
  expect(next).not.toBe(first);
  // The one after that would not be accepted yet; another's phone is not theirs.
  expect(keys.code("zelie")).toBeUndefined();
  expect(stepsOf(secret, keys.code("omar") ?? "", now, 2)).toEqual([]);
});

test("without ssh-keygen there are none, and nothing is written", () => {
  const at = folder();
  const factors = join(at, "factors.json");
  const keys = makeDemoKeys(join(at, "keys"), factors, ["zelie"], join(at, "no-ssh-keygen"));
  expect(keys.available).toBe(false);
  expect(keys.has("zelie")).toBe(false);
  expect(existsSync(factors)).toBe(false);
});
