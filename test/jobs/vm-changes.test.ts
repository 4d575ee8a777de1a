/** VMs, as people ask for them: approvals, waiting for one another, and a cancel that comes too late. */
import { describe, expect, onTestFinished, test } from "vitest";
import { plain } from "../../src/conversation/render/plain.ts";
import { type Key, makeKey } from "../executor/factors/keys.ts";
import { type InProcess, startInProcess } from "../rig/in-process.ts";

async function start(vms: NonNullable<Parameters<typeof startInProcess>[0]>["vms"] = {}) {
  const [omar, zelie] = [makeKey(), makeKey()];
  const rig = await startInProcess({ factors: { omar: { keys: [omar.line] }, zelie: { keys: [zelie.line] } }, vms });
  onTestFinished(() => rig.stop());
  return { rig, omar, zelie };
}

const asZelie = { account: "zelie", label: "Zélie" };

/** The words that approve a request's plan, with this key's signature of what was shown. */
function approval(rig: InProcess, number: number, key: Key): string {
  const { text } = rig.bot.parts.store.history(number).findLast(({ event }) => event === "planned")?.detail ?? {};
  if (typeof text !== "string") throw new Error(`no plan of ${number}`);
  return `approve #${number} ${key.approve({ text }).split("\n").slice(1, -2).join("")}`;
}

async function ends(rig: InProcess, number: number, state: "done" | "failed"): Promise<void> {
  await expect.poll(() => rig.bot.parts.store.find(number)?.state, { timeout: 40_000 }).toBe(state);
  await rig.bot.idle();
}

/** What was told in answer to a request, oldest first, of one purpose. */
const told = (rig: InProcess, number: number, which: "final" | "progress"): readonly string[] =>
  rig.posts
    .filter(({ inReplyTo }) => inReplyTo === rig.bot.parts.store.find(number)?.eventId)
    .filter(({ answer }) => (answer.tone === "progress") === (which === "progress"))
    .map(({ answer }) => plain(answer).replace(/[\u00a0\u202f]/gu, " "));

const tells = async (rig: InProcess, number: number, words: string | RegExp): Promise<void> =>
  await expect.poll(() => told(rig, number, "progress").at(-1) ?? "", { timeout: 20_000 }).toMatch(words);

test("stop, start, restart and autostart: each waits for the approvals of its class, and is told as it was", async () => {
  const { rig, omar, zelie } = await start({ audio: { shutdownMs: 300 } });
  const asked = await rig.say("vm stop audio within 1min");
  expect(asked).toContain("✋ #1 is planned, and waits for one second factor. Nothing is done yet.");
  expect(asked).toContain("do: vm.stop");
  expect(asked).toContain("after 60 s in all this has failed, and nothing is forced");
  expect(await rig.say("vm info audio")).toContain("audio (running)");
  await rig.say(approval(rig, 1, zelie), asZelie);
  await ends(rig, 1, "done");
  expect(told(rig, 1, "final").at(-1)).toMatch(/^✔ audio has shut down, and is off\.\n“why #1”/u);
  expect(await rig.say("vm info audio")).toContain("audio (off)");

  // To start is only to add: nobody is asked.
  expect(await rig.say("vm démarrer audio", asZelie)).toMatch(/^✔ audio est démarrée \(en marche\)\./u);
  expect(await rig.say("vm start audio")).toMatch(/^✘ With “audio” it is so already.*\n- state: running\n/u);

  const restart = await rig.say("vm restart audio");
  const number = Number(/#(\d+) is planned/u.exec(restart)?.[1]);
  await rig.say(approval(rig, number, omar));
  await ends(rig, number, "done");
  expect(told(rig, number, "final").at(-1)).toMatch(/^✔ audio has shut down and is started again \(running\)\./u);

  const off = Number(/#(\d+) est planifié/u.exec(await rig.say("vm démarrage-auto audio non", asZelie))?.[1]);
  await rig.say(approval(rig, off, omar));
  await ends(rig, off, "done");
  expect(told(rig, off, "final").at(-1)).toContain("✔ Désormais, audio ne démarre plus avec l’hôte.");
  expect(await rig.say("vm info audio")).toContain("Starts with the host: no");
});

test("a guest that does not heed: failed, with what that means, and it goes on running", async () => {
  const { rig, omar } = await start({ audio: { heeds: "nothing" } });
  await rig.say("vm stop audio within 10s");
  await rig.say(approval(rig, 1, omar));
  await ends(rig, 1, "failed");
  const answer = told(rig, 1, "final").at(-1) ?? "";
  expect(answer).toContain("✘ “audio” was asked to shut down, and was still running when its time was over.");
  expect(answer).toContain("- time given: 10 seconds");
  expect(await rig.say("vm info audio")).toContain("audio (running)");
}, 40_000);

describe("a VM that takes its time to shut down", () => {
  test("says how far it is; others wait and say for whom; a cancel that is too late is told, then and at the end", async () => {
    const { rig, omar } = await start({ web: { shutdownMs: 17_000 } });
    await rig.say("vm stop web");
    await rig.say(approval(rig, 1, omar));
    await tells(rig, 1, /#1 is under way: the VM was asked to shut down\. Its state now: .*It has time until/u);

    rig.deliver("instantané web", asZelie);
    await tells(rig, 3, /#3 attend .*: #1, demandé par Omar\./u);

    expect(await rig.say("annuler 1", asZelie)).toMatch(/^#1 est déjà en cours et va à son terme/u);
    await tells(rig, 1, /Somebody asked to cancel it, but it has begun and is carried through\./u);
    await ends(rig, 1, "done");
    const end = told(rig, 1, "final").at(-1) ?? "";
    expect(end).toContain("✔ web has shut down, and is off.");
    expect(end).toMatch(/Zélie asked to cancel this at .*\. That came too late/u);

    await ends(rig, 3, "done");
    const snapshot = told(rig, 3, "final").at(-1) ?? "";
    expect(snapshot).toContain("- web : elle était éteinte ; ses disques sont comme elle les a laissés.");
    expect(snapshot).not.toContain("coupé");

    const why = [await rig.say("why 1"), await rig.say("more"), await rig.say("more")].join("\n");
    for (const words of [
      "approved in chat — by: omar, kind: with a signature, by request: #2",
      "approved by omar, with a signature — identity: bot, key: ",
      "zelie asked to cancel it — identity: bot",
      "under way: the VM shuts down — VM: ",
      "asked to call it off — by: zelie, by request: #4",
    ]) {
      expect(why).toContain(words);
    }
    expect(await rig.say("why 3")).toContain("waits for another change — for: #1");
  }, 60_000);

  test("what waits is told that changes are paused, and goes once somebody resumes", async () => {
    const { rig, omar } = await start({ web: { shutdownMs: 25_000 } });
    await rig.say("vm stop web");
    await rig.say(approval(rig, 1, omar));
    await expect.poll(() => rig.bot.parts.store.find(1)?.state, { timeout: 10_000 }).toBe("applying");
    rig.deliver("snapshot web");
    await tells(rig, 3, /#3 waits for what is done to the same VM or dataset: #1, which you asked for yourself\./u);
    await rig.say("pause", asZelie);
    await tells(rig, 3, /#3 waits: changes are paused on the host\..*Who may: Omar, Zélie\./u);
    // Told at once, and not only when it would have been its turn.
    expect(rig.bot.parts.store.find(1)?.state).toBe("applying");
    // The third waits for people: the bot is not idle before it is over.
    await expect.poll(() => rig.bot.parts.store.find(1)?.state, { timeout: 30_000 }).toBe("done");
    expect(rig.bot.parts.store.find(3)?.state).toBe("applying");
    const resume = Number(/#(\d+) is planned/u.exec(await rig.say("resume"))?.[1]);
    await rig.say(approval(rig, resume, omar));
    await ends(rig, 3, "done");
    expect(await rig.say("why 3")).toContain("waits: changes are paused");
  }, 90_000);
});
