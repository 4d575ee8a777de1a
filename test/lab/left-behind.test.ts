/** However a test ends, its servers end with it. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { labNeeds } from "../../lab/needs.ts";

const lab = await labNeeds("hypervisor", "synapse");
const small = await labNeeds("snac");
const script = fileURLToPath(new URL("./start-and-wait.ts", import.meta.url));

describe.skipIf(lab.missing)(lab.name("a test that is killed"), () => {
  test("leaves no server behind, and the next start clears its folders away", () => leavesNothing("hosts"), 180_000);
});

describe.skipIf(small.missing)(small.name("a test with a Fediverse that is killed"), () => {
  test("leaves nothing behind either, shared memory included", async () => {
    const shared = readdirSync("/dev/shm");
    await leavesNothing("fediverse");
    expect(readdirSync("/dev/shm")).toEqual(shared);
  });
});

async function leavesNothing(what: "hosts" | "fediverse"): Promise<void> {
  const first = await started(what);
  expect(first.pids.map(isAlive)).toEqual([true, true]);
  first.kill();
  const until = Date.now() + 5000;
  while (first.pids.some(isAlive) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(first.pids.map(isAlive)).toEqual([false, false]);
  const second = await started(what);
  expect([...first.folders, ...second.folders].map((folder) => existsSync(folder))).toEqual([false, false, true, true]);
  second.kill();
}

type Started = { pids: readonly number[]; folders: readonly string[]; kill: () => void };

/** A process that starts two servers and then waits for its end. */
async function started(what: "hosts" | "fediverse"): Promise<Started> {
  const child = spawn(process.execPath, [script, what], { stdio: ["ignore", "pipe", "inherit"] });
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
