/** `manchot serve` on a Fediverse server alone, in a process of its own; its hypervisor is not there. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Pleroma, startPleroma } from "../rig/pleroma/pleroma.ts";
import { startProgram } from "../rig/process.ts";

const folder = mkdtempSync(join(tmpdir(), "manchot-serve-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The example's configuration with this server for its Fediverse, and no Matrix. */
function configure(pleroma: Pleroma): string {
  const zelie = pleroma.user("zelie");
  const fediverse = `fediverse:\n  server: ${pleroma.url}\n  user: "@manchot@127.0.0.1"\n`;
  const text = readFileSync("manchot.example.yaml", "utf8")
    .replace(/^matrix:\n(?: .*\n)+/m, "")
    .replace(/^fediverse:\n(?: .*\n)+/m, fediverse)
    .replace(/^ {6}fediverse: .*/m, `      fediverse: ["${pleroma.url} ${zelie.id} ${zelie.apId}"]`)
    .replace("address: 192.0.2.10", "address: 127.0.0.1")
    .replace("port: 22", "port: 9")
    .replace("key: /etc/manchot/bot_ed25519", `key: ${join(folder, "key")}`)
    .replace("/var/lib/manchot-bot", join(folder, "state"));
  const file = join(folder, "manchot.yaml");
  writeFileSync(file, text);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  return file;
}

test("it serves the networks that are configured, knows the people pinned there, and logs no token", async () => {
  const pleroma = await startPleroma({ users: ["manchot", "zelie", "mallory"] });
  const configuration = configure(pleroma);
  const { token } = pleroma.user("manchot");
  const env = { MANCHOT_FEDIVERSE_TOKEN: token, MANCHOT_MATRIX_TOKEN: "", MANCHOT_MATRIX_TOKEN_FILE: "" };
  const main = (verb: string, ...more: string[]) =>
    startProgram([process.execPath, "src/main.ts", verb, "--config", configuration, ...more], env);

  const bot = main("serve", "--log", "debug");
  try {
    expect(await bot.line(/"msg":"listening"/)).toContain('"networks":["Fediverse"]');
    pleroma.say("mallory", "@manchot whoami", { visibility: "direct" });
    pleroma.say("zelie", "@manchot whoami", { visibility: "direct" });
    await expect.poll(() => pleroma.statuses({ by: "manchot" }).length, { timeout: 30_000 }).toBe(2);
    const answers = pleroma.statuses({ by: "manchot" });
    const to = (name: string) => answers.find((post) => post.addressed.includes(name));
    const mallory = pleroma.user("mallory");
    expect(to("mallory")?.text.split("\n")).toContain(`${pleroma.url} ${mallory.id} ${mallory.apId}`);
    expect(to("zelie")?.text).toContain("Zélie (zelie)");
    expect(answers.map((post) => post.visibility)).toEqual(["direct", "direct"]);
  } finally {
    await bot.stop();
  }
  expect(await bot.exited, bot.lines.join("\n")).toBe(0);
  expect(bot.lines.join("\n")).not.toContain(token);
  await pleroma.stop();
});
