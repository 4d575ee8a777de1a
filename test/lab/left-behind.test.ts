/** However a test ends, its servers end with it. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { labNeeds } from "../../lab/needs.ts";

const lab = await labNeeds("hypervisor", "synapse");
const script = fileURLToPath(new URL("./start-and-wait.ts", import.meta.url));

describe.skipIf(lab.missing)(lab.name("a test that is killed"), () => {
  test("leaves no server behind, and the next start clears its folders away", async () => {
    const first = await started();
    expect(first.pids.map(isAlive)).toEqual([true, true]);
    first.kill();
    const until = Date.now() + 5000;
    while (first.pids.some(isAlive) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(first.pids.map(isAlive)).toEqual([false, false]);
    const second = await started();
    expect([...first.folders, ...second.folders].map((folder) => existsSync(folder))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    second.kill();
  }, 180_000);
});

type Started = { pids: readonly number[]; folders: readonly string[]; kill: () => void };

/** A process that starts one of each and then waits for its end. */
async function started(): Promise<Started> {
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const { pids, folders } = JSON.parse(line) as Omit<Started, "kill">;
    return { pids, folders, kill: () => void child.kill("SIGKILL") };
  }
  throw new Error("it ended before it had started anything");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
