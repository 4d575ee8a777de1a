/** The bot's disk runs full, on a real file system of its own: it waits, says so in its log, and loses and doubles nothing. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startProgram } from "../rig/process.ts";
import { temporaryFolder } from "../store/fixtures.ts";

const mount = (then: string) => `mount -t tmpfs -o size=2m none "$0" && ${then}`;
const own: readonly [string, ...string[]] = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];
const may = spawnSync(own[0], [...own.slice(1), mount("true"), "/mnt"]).status === 0;

test.skipIf(!may)(
  `a full disk ends nothing${may ? "" : " (skipped: this machine lets no user mount a file system of their own)"}`,
  async () => {
    const bot = join(import.meta.dirname, "full-disk-bot.ts");
    const program = startProgram([...own, mount(`exec "${process.execPath}" "${bot}" "$0"`), temporaryFolder()]);
    const told: unknown = JSON.parse(await program.line(/^\{/, 60_000));
    expect(await program.exited).toBe(0);
    expect(told).toEqual({
      refused: 8,
      standing: 2,
      before: 1,
      answers: [1, 1, 1],
      snapshots: [1, 1],
      logged: true,
    });
  },
);
