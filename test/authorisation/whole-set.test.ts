/** Policies that change at every look: each step of a request's way goes by one set, and never by a half of each. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { loadPolicies } from "../../src/authorisation/load.ts";
import type { Authorisation } from "../../src/authorisation/port.ts";
import { printProblems } from "../../src/config/problem.ts";
import { startInProcess } from "../rig/in-process.ts";
import { edit } from "../rig/small-live.ts";

const actions = commands.map(({ action }) => action);

function authorisationIn(folder: string): Authorisation {
  const loaded = loadPolicies(folder, { actions, host: "sandbox" });
  if (!loaded.ok) throw new Error(printProblems(loaded.problems));
  return loaded.policies.authorisation;
}

test("help lists what one set permits, or what the other does; a change is asked for again at each step", async () => {
  const folder = mkdtempSync(join(tmpdir(), "manchot-whole-set-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync("policies", folder, { recursive: true });
  edit(join(folder, "guards.cedar"), (text) =>
    text.concat(
      '\n@id("less") @fr("Moins, en ce moment.") @en("Less, just now.")\n',
      'forbid (principal, action in [Action::"jobs", Action::"more", Action::"zfs.snapshot"], resource)\n',
      'unless { context.place == "a room" };\n',
    ),
  );
  edit(join(folder, "cases.yaml"), (text) =>
    text.concat("- { who: admin, on: matrix, place: elsewhere, may-not: [jobs, more], because: less }\n"),
  );
  const [all, less] = [authorisationIn("policies"), authorisationIn(folder)];
  let looks = 0;
  let inForce = (): Authorisation => (looks++ % 3 === 0 ? all : less);
  const rig = await startInProcess({ authorisation: () => inForce() });
  try {
    const lists = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const names = (await rig.say("help")).split("\n").map((line) => line.split(/\s/)[0]);
      lists.add(["jobs", "snapshot"].filter((name) => names.includes(name)).join());
    }
    expect([...lists].toSorted()).toEqual(["", "jobs,snapshot"]);

    // Accepted by the one set, it is refused by the other when the executor would be asked; with the reason, kept.
    const { store } = rig.bot.parts;
    inForce = () => (store.unfinished().some(({ state }) => state === "accepted") ? less : all);
    expect(await rig.say("snapshot web")).toContain("Less, just now.");
    const [request] = store.requests({ limit: 1 });
    const history = store.history(request?.number ?? 0);
    expect(history.map(({ event }) => event).slice(0, 3)).toEqual(["received", "accepted", "refused"]);
    expect(history[2]?.detail).toEqual({ action: "zfs.snapshot", rules: ["less"], reason: "Less, just now." });
  } finally {
    await rig.stop();
  }
});
