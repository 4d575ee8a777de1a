import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "../../src/executor/config.ts";
import { type Daemon, serve } from "../../src/executor/serve.ts";
import { connectHypervisor } from "../../src/hypervisor/client.ts";
import { parseHostKeyPin } from "../../src/hypervisor/host-key.ts";
import { sshTransport } from "../../src/hypervisor/ssh.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { memoryHeads, readableLog, told, until } from "./listeners.ts";
import { missing, prepareSshd, type Sshd } from "./sshd.ts";

const main = join(import.meta.dirname, "../../src/executor/main.ts");
const origin = { person: "zelie", network: "matrix", request: 1 } as const;
const where = `the executor's own daemon and attach, over a real sshd${missing === undefined ? "" : ` (skipped: ${missing})`}`;

describe.skipIf(missing !== undefined)(where, () => {
  let folder: string;
  let sshd: Sshd;
  let daemon: Daemon;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "manchot-executor-ssh-"));
    mkdirSync(join(folder, "state"), { mode: 0o700 });
    const sockets = { bot: { path: join(folder, "bot.sock") }, host: { path: join(folder, "host.sock") } };
    const config = parseConfig(JSON.stringify({ host: "host1", state: join(folder, "state"), sockets }), "this test");
    if (!config.ok) throw new Error(config.why);
    const host = new Simulator({ folder: join(folder, "hypervisor"), delay: 60 });
    daemon = await serve(
      config.value,
      host,
      () => {},
      (fault) => {
        throw fault;
      },
    );
    sshd = await prepareSshd(folder, `${process.execPath} ${main} attach --socket ${sockets.bot.path}`);
    await sshd.start();
  });
  afterAll(async () => {
    await sshd.kill();
    await daemon.close();
    rmSync(folder, { recursive: true });
  });

  test("snapshots, sshd killed in the midst of each: every one ends once, and is told once it can be", async () => {
    const hostKey = parseHostKeyPin(sshd.hostKeyLine(1));
    if (hostKey === undefined) throw new Error("no pin");
    const log = readableLog();
    const { port, user, privateKey } = sshd;
    const transport = sshTransport({ host: "127.0.0.1", port, user, privateKey, hostKey, log });
    const timings = { firstRetryMs: 50, longestRetryMs: 300 };
    const heads = memoryHeads();
    const truncated: unknown[] = [];
    const onTruncated = (): void => void truncated.push("truncated");
    const hypervisor = connectHypervisor({ name: "host1", transport, heads, log, timings, onTruncated });
    const reachable: string[] = [];
    hypervisor.onReachable(told(reachable));
    const ended = new Set<string>();
    hypervisor.onOperation(({ id, state }) => {
      if (state === "done") ended.add(id);
    });

    const ids = Array.from({ length: 5 }, (_, index) => `6f0f3c1e-4c1b-5e0a-9c7e-01234567890${index}`);
    for (const [index, id] of ids.entries()) {
      const plan = await hypervisor.plan(id, "zfs.snapshot", { targets: ["tank/mail"] }, origin);
      if (!plan.ok) throw new Error(JSON.stringify(plan));
      const applied = hypervisor.apply(id, plan.value.hash);
      // Killed at another moment each time, from before the request is heard to after its end.
      await new Promise((done) => setTimeout(done, index * 40));
      await sshd.kill();
      let reply = await applied;
      await sshd.start();
      // What was cut before it was heard is said again, under the same id.
      while (!reply.ok) {
        expect(reply).toMatchObject({ unavailable: { kind: "unreachable" } });
        reply = await hypervisor.apply(id, plan.value.hash);
      }
      await until("its end is told", () => ended.has(id) || (reply.ok && reply.value.state === "done"));
    }
    const listed = await hypervisor.ask("snapshot.list", { target: "tank/mail" });
    if (!listed.ok) throw new Error(JSON.stringify(listed));
    const ours = listed.value.snapshots.map(({ operation }) => operation).filter((id) => id !== undefined);
    expect(ours.sort()).toEqual(ids);
    expect(reachable.filter((word) => word === "up").length).toBeGreaterThanOrEqual(ids.length);
    expect(truncated).toEqual([]);
    await hypervisor.close();
    expect(heads.last()?.seq).toBeGreaterThan(5);
  });
});
