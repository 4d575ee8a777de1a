/** `manchot serve`, with policies that are changed under it; `manchot policy log` beside it. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missing } from "../hypervisor/sshd.ts";
import { edit, type SmallLive, startSmallLive } from "../rig/small-live.ts";

const where = `policies under a bot that runs${missing === undefined ? "" : ` (skipped: ${missing})`}`;

// Each program that is started takes its seconds on a busy machine.
describe.skipIf(missing !== undefined)(where, { timeout: 240_000 }, () => {
  let live: SmallLive;
  beforeAll(async () => {
    live = await startSmallLive();
  });
  afterAll(async () => await live.stop());

  /** A guard that holds elsewhere than in the cases there are, and a case of its own. */
  function forbidJobs(): void {
    edit(join(live.policies, "guards.cedar"), (text) =>
      text.concat(
        '\n@id("no-jobs") @fr("Pas de travaux cette semaine : demandez à Omar.") @en("No jobs this week: ask Omar.")\n',
        'forbid (principal, action == Action::"jobs", resource)\nunless { context.place == "a room" };\n',
      ),
    );
    edit(join(live.policies, "cases.yaml"), (text) =>
      text.concat("- { who: admin, on: matrix, place: elsewhere, may-not: jobs, because: no-jobs }\n"),
    );
  }

  test("files that change, and SIGHUP: whole sets alone take force, each refusal is told, each change kept", async () => {
    const bot = live.manchot("serve", "--policies", live.policies);
    await bot.line(/"msg":"the executor answers"/);
    await bot.line(/"msg":"listening"/);
    expect(await live.ask("zelie", "jobs")).toContain("Aucun changement");
    const first = await live.said("policy", "log");
    expect(first).toMatchObject({
      code: 0,
      text: expect.stringMatching(/: nothing → [0-9a-f]{12}, read at the start; /),
    });

    // Of its own accord, when the files change: both languages say the rule's own reason, and who can help.
    forbidJobs();
    await bot.line(/"cause":"files".*"other policies take force"/);
    const refusal = await live.ask("zelie", "jobs");
    expect(refusal).toContain("Pas de travaux cette semaine : demandez à Omar.");
    expect(refusal).not.toContain("Qui peut vous aider");
    const other = await live.ask("ines", "jobs");
    expect(other).toContain("No jobs this week: ask Omar.");
    expect(other).toContain("Who can help: Zélie.");

    // What does not hold is refused with file and line, told to admins where they look at the host, and changes nothing.
    edit(join(live.policies, "roles.cedar"), (text) => `${text}permit (principal`);
    const line = await bot.line(/ARE REFUSED/);
    expect(JSON.parse(line).problems).toMatch(/roles\.cedar:\d+:\d+: unexpected end of input/);
    expect(await live.ask("zelie", "hôte")).toMatch(/ne sont PAS en vigueur.*roles\.cedar:\d+ : unexpected end/);
    expect(await live.ask("ines", "jobs")).toContain("No jobs this week: ask Omar.");
    expect(await live.ask("ines", "whoami")).not.toContain("roles.cedar");

    // At SIGHUP, as they were at first. It stays up, and the trouble is over.
    cpSync("policies", live.policies, { recursive: true });
    process.kill(bot.pid, "SIGHUP");
    await bot.line(/"cause":"signal".*"other policies take force"/);
    expect(await live.ask("zelie", "jobs")).toContain("Aucun changement");
    expect(await live.ask("zelie", "hôte")).not.toContain("en vigueur");

    const log = await live.said("policy", "log", "--last", "2", "--language", "fr");
    expect(log.code).toBe(0);
    expect(log.text).toContain("Il y a des changements plus anciens");
    const [, files = "", signal = ""] = log.text.split(/^(?=\d+ .*→)/m);
    expect(files).toMatch(/→ [0-9a-f]{12}, lues quand les fichiers ont changé ; les fichiers appartiennent à /);
    expect(files).toContain('\n+@id("no-jobs") @fr("Pas de travaux');
    expect(signal).toMatch(/lues à la réception de SIGHUP/);
    expect(signal).toContain('\n-@id("no-jobs") @fr("Pas de travaux');

    await bot.stop();
    expect(await bot.exited).toBe(0);
    // And what is read without a bot is the same.
    expect((await live.said("policy", "log", "--last", "2", "--language", "fr")).text).toBe(log.text);
  });
});
