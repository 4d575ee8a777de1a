/** The executor where it belongs: on Debian 13, installed by its own setup, over real ZFS and libvirt, reached by ssh. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Hypervisor } from "../../lab/hypervisor.ts";
import { type Installed, startInstalled } from "../../lab/installed.ts";
import { labNeeds } from "../../lab/needs.ts";
import type { Operation, Plan } from "../../src/protocol/plan.ts";
import { untilPaused } from "../rig/paused.ts";
import { Peer, planOf, snapshot } from "./peer.ts";

const lab = await labNeeds("hypervisor");
const service = "manchot-executor";
const dropIn = `/etc/systemd/system/${service}.service.d/pause.conf`;
/** Programs start slowly in an emulated guest on a busy machine. */
const patient = { timeoutMs: 180_000 };

describe.skipIf(lab.missing)(lab.name("the installed executor"), () => {
  let guest: Hypervisor;
  let installed: Installed;
  const children: ChildProcess[] = [];

  const begun = Date.now() / 1000;

  beforeAll(async () => {
    ({ guest, executor: installed } = await startInstalled({ bundle: "manchot-executor-points.mjs" }));
    const [kind, blob] = guest.hostKey.line.split(" ");
    writeFileSync(join(guest.folder, "known_hosts"), `[127.0.0.1]:${guest.port} ${kind} ${blob}\n`);
  }, 300_000);

  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await guest?.stop();
  });

  function ssh(options: readonly string[], command: readonly string[] = []): ChildProcess {
    const files = [
      "-F",
      "none",
      "-i",
      installed.keyFile,
      "-o",
      `UserKnownHostsFile=${join(guest.folder, "known_hosts")}`,
    ];
    const to = ["-o", "BatchMode=yes", "-p", String(guest.port), ...options, `${installed.user}@127.0.0.1`, ...command];
    const child = spawn("ssh", [...files, ...to], { stdio: ["pipe", "pipe", "ignore"] });
    children.push(child);
    return child;
  }

  function attached(): Peer {
    const { stdout, stdin } = ssh([], ["zfs", "destroy", "-r", "tank"]);
    if (stdout === null || stdin === null) throw new Error("ssh has no streams");
    return new Peer(stdout, stdin);
  }

  /** Lines of a small shell script in the guest, as root. */
  const shell = async (...lines: string[]) => (await guest.run(["bash", "-c", lines.join("\n")], patient)).stdout;
  const untilSocket = "for i in $(seq 300); do [ -S /run/manchot/bot.sock ] && break; sleep 0.2; done";

  async function snapshotsOf(id: string): Promise<number> {
    const listed = await guest.run(["zfs", "list", "-H", "-t", "snapshot", "-o", "name,manchot:op"], patient);
    return listed.stdout.split("\n").filter((line) => line.endsWith(id)).length;
  }

  test("its daemon was started in this copy of the host, and by this copy's clock", async () => {
    const journal = (await guest.run(["cat", "/var/lib/manchot/journal.jsonl"])).stdout.trim().split("\n");
    const records = journal.map((line) => JSON.parse(line) as { readonly kind: string; readonly at: number });
    expect(records.map(({ kind }) => kind)).toEqual(["started", "stopped", "started"]);
    expect(records.at(-1)?.at).toBeGreaterThanOrEqual(Math.floor(begun));
  });

  test("whatever ssh is asked to run, the bot gets the protocol, and a snapshot of a VM's two disks", async () => {
    const peer = attached();
    expect(await peer.value("hello", { protocol: 1 })).toMatchObject({ identity: "bot", host: installed.host });
    const id = randomUUID();
    expect((await snapshot(peer, id, ["web"])).state).toBe("done");
    expect(await snapshotsOf(id)).toBe(2);
  }, 180_000);

  test("the bot's key opens no forwarding and no terminal", async () => {
    const forward = ssh(["-N", "-o", "ExitOnForwardFailure=yes", "-R", "9999:127.0.0.1:22"]);
    expect((await once(forward, "exit"))[0]).toBe(255);
  }, 120_000);

  test("its check finds nothing that would fail, and its setup nothing left to do", async () => {
    const checked = await guest.run([service, "check"], patient);
    expect(checked.stdout).not.toContain("FAILS");
    expect(checked.stdout).toMatch(/^ok +the root helper answers and can ask libvirt/m);
    expect(checked.code).toBe(0);
    const again = await guest.run([service, "setup", "--pool", "tank"], patient);
    expect(again.stdout).not.toContain("would:");
  }, 300_000);

  test("the daemon's user can take snapshots, and neither destroy nor roll back", async () => {
    const as = (words: string) =>
      guest.run(["runuser", "-u", "manchot", "--", "/usr/sbin/zfs", ...words.split(" ")], patient);
    expect((await as("snapshot tank/mail@by-hand")).code).toBe(0);
    for (const words of ["destroy tank/mail@by-hand", "rollback tank/mail@by-hand", "set quota=1G tank/mail"]) {
      const { code, stderr } = await as(words);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/permission denied/i);
    }
  }, 120_000);

  // By way of the bot, at every step: test/scenarios/kills.test.ts.
  test.each(["step-run"])(
    "killed at %s it is started again by systemd and ends the operation, once",
    async (point) => {
      await shell(
        `mkdir -p $(dirname ${dropIn}); printf '[Service]\\nEnvironment=MANCHOT_PAUSE_AT=${point}\\n' > ${dropIn}`,
        `systemctl daemon-reload; systemctl restart ${service}`,
        untilSocket,
      );
      const id = randomUUID();
      const before = attached();
      const plan = await before.value<Plan>("plan", planOf(id, ["web"]));
      void before.call("apply", { id, hash: plan.hash });
      const paused = await shell(
        `${untilPaused(point)} && echo paused`,
        `rm ${dropIn}; systemctl daemon-reload`,
        `kill -9 $(systemctl show -p MainPID --value ${service}); sleep 1`,
        untilSocket,
      );
      expect(paused).toBe("paused\n");
      const after = attached();
      const stands = await after.value<Operation>("apply", { id, hash: plan.hash });
      const ended = stands.state === "done" || stands.state === "failed" ? stands : await after.end(id);
      expect(ended.state).toBe("done");
      expect(ended.recovered).toBe(true);
      expect(await snapshotsOf(id)).toBe(2);
    },
    300_000,
  );

  test("the journal is whole after all that", async () => {
    const verified = await guest.run([service, "journal", "verify"], patient);
    expect(verified.stdout).not.toContain("DAMAGED");
    expect(verified.code).toBe(0);
  }, 120_000);
});
