/**
 * The same cases on the simulator and on real ZFS and libvirt. `recorded.json` holds what the real ones said; to record
 * it anew, run this file with MANCHOT_RECORD=yes, then the formatter, and read what changed.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Hypervisor, startHypervisor } from "../../lab/hypervisor.ts";
import { labNeeds } from "../../lab/needs.ts";
import { type Bench, normalised } from "./bench.ts";
import { cases } from "./cases.ts";
import { labBench } from "./lab-bench.ts";
import { simulatedBench } from "./simulated-bench.ts";

const file = new URL("./recorded.json", import.meta.url);
const recorded: Record<string, unknown> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
const lab = await labNeeds("hypervisor");

async function result(bench: Bench, act: (bench: Bench) => Promise<unknown>): Promise<unknown> {
  // Through JSON, as it was recorded.
  return JSON.parse(JSON.stringify(normalised(await act(bench))));
}

describe("the simulator answers as was recorded of the lab", () => {
  const bench = simulatedBench();
  test.each(cases)("$title", async ({ title, act }) => {
    const got = await result(bench, act);
    expect(Object.hasOwn(recorded, title)).toBe(true);
    expect(got).toEqual(recorded[title]);
  });
});

describe.skipIf(lab.missing)(lab.name("the lab answers as was recorded, and as the simulator does"), () => {
  let guest: Hypervisor;
  const simulated = simulatedBench();
  const table: string[] = [];
  const fresh: Record<string, unknown> = {};

  beforeAll(async () => {
    guest = await startHypervisor();
  });
  afterAll(async () => {
    await guest?.stop();
    process.stdout.write(`simulator | lab | case\n${table.join("\n")}\n`);
    if (process.env.MANCHOT_RECORD === "yes") writeFileSync(file, `${JSON.stringify(fresh, null, 1)}\n`);
  });

  test.each(cases)("$title", async ({ title, act }) => {
    const ours = await result(simulated, act);
    const real = await result(labBench(guest), act);
    fresh[title] = real;
    table.push(`${outcome(ours)} | ${outcome(real)} | ${title}`);
    expect(ours).toEqual(real);
    if (process.env.MANCHOT_RECORD !== "yes") expect(real).toEqual(recorded[title]);
  });
});

/** One word for a result: the exit code, or what the fact came to. */
function outcome(value: unknown): string {
  const shown = value as { code?: number; ok?: boolean; failure?: { reason: string }; ran?: { code: number } };
  if (shown.code !== undefined) return `exit ${shown.code}`;
  if (shown.ran !== undefined) return `exit ${shown.ran.code}`;
  return shown.failure?.reason ?? "told";
}
