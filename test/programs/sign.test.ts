/** `manchot sign` with ssh-keygen's own keys; plans are the executor's own texts. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planText, type Untold } from "../../src/executor/plan-text.ts";
import { readPlanText } from "../../src/programs/sign/plan-text.ts";
import { signedText } from "../../src/protocol/plan.ts";

const now = Math.floor(Date.now() / 1000);
const plan = (more: Partial<Untold> = {}): Untold => ({
  id: "6f0f3c1e-4c1b-5e0a-9c7e-0123456789ab",
  host: "host1",
  do: "zfs.snapshot",
  class: "add",
  origin: { person: "zelie", network: "matrix", request: 41 },
  targets: [{ kind: "vm", name: "web", id: "0b6a3a0c-5d9b-4d6f-9a3e-6c1f0e5b7a11" }],
  steps: [{ what: "stop it", argv: ["/usr/bin/virsh", "shutdown", "0b6a3a0c-5d9b-4d6f-9a3e-6c1f0e5b7a11"] }],
  makes: [],
  created: now,
  expires: now + 1800,
  nonce: "00112233445566778899aabbccddeeff",
  ...more,
});
const textOf = (more: Partial<Untold> = {}, remarks: readonly string[] = []): string =>
  planText(plan(more), plan(more).targets, remarks);

describe("the plan that was pasted", () => {
  test("is put together to the letter, whatever the paste did to its edges", () => {
    const words = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 });
    const padding = fc.constantFrom("", "\n", "  \n\n", "```\n", "Voici le plan :\n\n");
    fc.assert(
      fc.property(words, words, fc.array(words), padding, padding, (name, person, remarks, before, after) => {
        const text = textOf(
          { targets: [{ kind: "dataset", name, id: "1" }], origin: { person, network: "matrix", request: 7 } },
          remarks.map((remark) => remark.trimEnd()),
        );
        const pasted = `${before}${text.replaceAll("\n", "  \r\n")}${after}`;
        expect(readPlanText(pasted)).toMatchObject({ text, request: 7, host: "host1" });
      }),
    );
  });

  test.each([
    ["nothing", "", "Manchot plan 1"],
    ["its beginning missing", textOf().slice(20), "Manchot plan 1"],
    ["its end missing", textOf().slice(0, -40), "expires"],
    ["a second host", textOf().replace("do: ", 'host: "host2"\ndo: '), "whole"],
    ["a line turned around", textOf().replace("web", "w\u202eeb"), "cannot be seen"],
  ])("with %s is refused", (_what, pasted, why) => {
    expect(readPlanText(pasted)).toMatchObject({ wrong: expect.stringContaining(why) });
  });
});

describe("the program", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "manchot-sign-"));
    for (const type of ["ed25519", "rsa"]) {
      spawnSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "zelie", "-f", join(folder, type)]);
    }
    const publicKeys = ["ed25519", "rsa"].map((type) => readFileSync(join(folder, `${type}.pub`), "utf8"));
    writeFileSync(join(folder, "allowed"), publicKeys.map((key) => `zelie ${key}`).join(""));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (argv: readonly string[], input = "") =>
    spawnSync(process.execPath, ["src/main.ts", "sign", ...argv], { input, encoding: "utf8" });
  const verify = (line: string, message: string) => {
    const base64 = /^approve #41 ([A-Za-z0-9+/=]+)\n$/.exec(line)?.[1] ?? "";
    const armoured = `-----BEGIN SSH SIGNATURE-----\n${base64.replace(/.{70}/g, "$&\n")}\n-----END SSH SIGNATURE-----\n`;
    writeFileSync(join(folder, "signature"), armoured);
    const argv = ["-Y", "verify", "-f", join(folder, "allowed"), "-I", "zelie", "-n", "manchot"];
    return spawnSync("ssh-keygen", [...argv, "-s", join(folder, "signature")], { input: message }).status;
  };

  test.each(["ed25519", "rsa"])("signs with an %s key what the executor will verify, and that alone", (type) => {
    const { status, stdout, stderr } = run(["41", "--key", join(folder, type), "--yes"], `${textOf()}\n`);
    expect(status).toBe(0);
    expect(stderr).toContain(textOf());
    expect(stdout.trimEnd()).not.toContain("\n");
    expect(verify(stdout, signedText({ text: textOf() }))).toBe(0);
    expect(verify(stdout, textOf())).not.toBe(0);
    expect(verify(stdout, signedText({ text: textOf({ host: "host2" }) }))).not.toBe(0);
  });

  test("the line that the help names makes the same signature", () => {
    writeFileSync(join(folder, "plan.txt"), textOf());
    const command = '(cat plan.txt; echo "decision: approve") | ssh-keygen -Y sign -n manchot -f ed25519';
    const { stdout } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8" });
    const { stdout: ours } = run(["--key", join(folder, "ed25519"), "--text", join(folder, "plan.txt"), "--yes"]);
    const base64 = stdout.split("\n").slice(1, -2).join("");
    expect(ours).toBe(`approve #41 ${base64}\n`);
  });

  test.each([
    ["another request's plan", ["42"], textOf(), 1, "the plan of #41, not of #42"],
    ["an expired plan", ["41"], textOf({ expires: now - 1 }), 1, "expired"],
    ["a broken plan", ["41"], "Manchot plan 1\n", 1, "expires"],
    ["two numbers", ["41", "42"], textOf(), 2, "one request"],
    ["a host that is an option", ["41", "--host=-oProxyCommand=x"], "", 2, "USER@HOST"],
  ])("signs nothing for %s", (_what, argv, input, code, why) => {
    const { status, stdout, stderr } = run([...argv, "--key", join(folder, "ed25519"), "--yes"], input);
    expect(stderr).toContain(why);
    expect(status).toBe(code);
    expect(stdout).toBe("");
  });

  test("without --yes and without a terminal nothing is signed", () => {
    const { status, stdout } = spawnSync(
      "setsid",
      ["-w", process.execPath, "src/main.ts", "sign", "41", "--key", join(folder, "ed25519")],
      { input: textOf(), encoding: "utf8" },
    );
    expect(status).toBe(1);
    expect(stdout).toBe("");
  });

  test("a key that is none: ssh-keygen's own words, and no signature", () => {
    const { status, stdout, stderr } = run(["41", "--key", join(folder, "nobody"), "--yes"], textOf());
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/No such file/);
  });
});
