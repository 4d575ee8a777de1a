/** Killed between the executor's yes to a code and the bot's note of it: the next life tells the truth, and spends nothing more. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { plain } from "../../src/conversation/render/plain.ts";
import { peopleOf } from "../../src/people/people.ts";
import { startInProcess } from "../rig/in-process.ts";
import { startProgram } from "../rig/process.ts";

const people = peopleOf([
  { id: "omar", name: "Omar", roles: ["admin"], language: "en", accounts: { matrix: ["@omar:sandbox.example"] } },
]);

test.each([
  { when: "at once", ahead: 0 },
  // No code is accepted for so long: whoever asks the executor anew hears that it is a wrong one.
  { when: "five minutes later", ahead: 300 },
])("an approval that was accepted is told as accepted, $when, and its code is judged once", async ({ ahead }) => {
  const folder = mkdtempSync(join(tmpdir(), "manchot-approval-kill-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = startProgram([process.execPath, "src/main.ts", "sandbox", "--state", folder], {
    LC_ALL: "en_GB.UTF-8",
    MANCHOT_PAUSE_AT: "approve-told",
  });
  program.write("/as omar\n/on matrix encrypted\nvm autostart audio off\n/code 1\n");
  await program.line(/PAUSED approve-told/);
  await program.kill();
  const state = join(folder, "hypervisor");
  const records = (kind: string): number =>
    readFileSync(join(state, "executor", "journal.jsonl"), "utf8").split(`"kind":"${kind}"`).length - 1;
  expect(records("approved")).toBe(1);

  const { persons } = JSON.parse(readFileSync(join(state, "factors.json"), "utf8"));
  const options = [`--ahead=${ahead}`];
  const rig = await startInProcess({ storeFolder: folder, state, factors: persons, people, options });
  onTestFinished(() => rig.stop());
  await expect.poll(() => rig.bot.parts.store.find(1)?.state, { timeout: 20_000 }).toBe("done");
  await expect.poll(() => rig.bot.parts.store.find(2)?.state, { timeout: 20_000 }).toBe("answered");
  await rig.bot.idle();
  const event = rig.bot.parts.store.find(2)?.eventId;
  const answers = rig.posts.filter(({ inReplyTo }) => inReplyTo === event).map(({ answer }) => plain(answer));
  expect(answers).toEqual(["#1 is approved, and goes on. How it ends is told in its own thread."]);
  expect(["approved", "burnt", "factor-wrong"].map(records)).toEqual([1, 0, 0]);
  const given = rig.bot.parts.store.history(1).filter(({ event }) => event === "approval-given");
  expect(given.map(({ detail }) => detail)).toEqual([{ by: "omar", kind: "totp", run: 2 }]);
});
