/**
 * Signatures by SSH keys, those that live in a FIDO token too. Never by our own cryptography: Debian's `ssh-keygen` says
 * whether one is good, and which key made it.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signatureNamespace } from "../../protocol/plan.ts";

export const sshKeygen = "/usr/bin/ssh-keygen";
const longest = 10_000;
/** In the list of keys that `ssh-keygen` is given there is one person only: what it is called there does not matter. */
const principal = "person";

/**
 * The fingerprint of the one of these keys (`ssh-ed25519 AAAA…`) that signed exactly this text, or nothing. Throws where
 * `ssh-keygen` cannot be run: that is a fault of the machine, and no word on the signature.
 */
export async function signerOf(text: string, signature: string, keys: readonly string[]): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-signature-"));
  try {
    const allowed = join(folder, "allowed");
    const signed = join(folder, "signature");
    const lines = keys.map((key) => `${principal} namespaces="${signatureNamespace}" ${key}\n`);
    writeFileSync(allowed, lines.join(""), { mode: 0o600 });
    writeFileSync(signed, signature, { mode: 0o600 });
    const argv = ["-Y", "verify", "-f", allowed, "-I", principal, "-n", signatureNamespace, "-s", signed];
    const { code, stdout } = await run(argv, text);
    const [fingerprint] = /SHA256:[A-Za-z0-9+/]{43}$/m.exec(stdout) ?? [];
    return code === 0 ? fingerprint : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(argv: readonly string[], input: string): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(sshKeygen, argv, {
      cwd: "/",
      env: { LC_ALL: "C" },
      stdio: ["pipe", "pipe", "ignore"],
      timeout: longest,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (stdout.length < 4096) stdout += chunk.toString("latin1");
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout }));
    // One that says no before it has read everything breaks the pipe: its exit code tells.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}
