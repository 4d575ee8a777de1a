/** VMs on real libvirt: each operation by the installed daemon, with the approvals that its class wants. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentGuest, defineAgentGuest } from "../../lab/agent-guest.ts";
import type { Hypervisor } from "../../lab/hypervisor.ts";
import { type Installed, startInstalled } from "../../lab/installed.ts";
import { labNeeds } from "../../lab/needs.ts";
import { helper } from "../../src/executor/host/commands.ts";
import type { ChangeName, ChangeResult } from "../../src/protocol/operations.ts";
import { type JournalEntry, type Operation, type Plan, signedText } from "../../src/protocol/plan.ts";
import { ranIn } from "../executor/approved.ts";
import type { Key } from "../executor/factors/keys.ts";
import { makeToken } from "../executor/factors/token.ts";
import { labHost } from "../executor/lab-host.ts";
import { Peer, planOf, snapshot } from "../executor/peer.ts";
import { type Codes, enrolCodes, enrolKey, enrolLine, sshTo } from "../rig/enrolled.ts";
import { type Approval, applied, type Carried, carriedOut as carry, endOf, planned } from "../rig/operations.ts";

const lab = await labNeeds("hypervisor");
const uuidOf = (digit: number) => `5c0e0000-0000-4000-8000-00000000000${digit}`;
const [web, sql, one] = [uuidOf(2), uuidOf(3), uuidOf(7)];
const virsh = ["virsh", "-q", "-c", "qemu:///system"] as const;
const service = "manchot-executor";
const dropIn = `/etc/systemd/system/${service}.service.d/pause.conf`;
const factors = "/etc/manchot/factors.json";
const patient = { timeoutMs: 240_000 };
const asker = { person: "zelie", request: 41 };

describe.skipIf(lab.missing)(lab.name("VMs on libvirt"), { timeout: 600_000 }, () => {
  let guest: Hypervisor;
  let installed: Installed;
  let agent: AgentGuest;
  let peer: Peer;
  let codes: Codes;
  let key: Key;
  const token = makeToken();

  beforeAll(async () => {
    ({ guest, executor: installed } = await startInstalled({ bundle: "manchot-executor-points.mjs" }));
    agent = await defineAgentGuest(guest, "agent", uuidOf(9).replace(/.{2}$/, "a9"));
    codes = await enrolCodes(guest, "zelie");
    key = await enrolKey(guest, "yann");
    await enrolLine(guest, "noe", token.line);
    peer = attached();
  }, 500_000);

  afterAll(() => guest?.stop());

  const must = async (...argv: string[]) => {
    const { code, stdout, stderr } = await guest.run(argv, patient);
    if (code !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  const shell = (...lines: string[]) => must("bash", "-c", lines.join("\n"));
  const state = (uuid: string) => must(...virsh, "domstate", uuid);
  const isUp = async (uuid: string, times = 1) => {
    const seen = `[ "$(grep -c 'TINYVM up' /var/log/libvirt/qemu/${uuid}.serial)" -ge ${times} ]`;
    await shell(`for i in $(seq 300); do ${seen} && exit 0; sleep 0.2; done; exit 1`);
  };
  const toAgent = (order: object) =>
    `virsh -q -c qemu:///system qemu-agent-command ${agent.uuid} '${JSON.stringify(order)}'`;
  const agentIsUp = () =>
    shell(
      `for i in $(seq 300); do ${toAgent({ execute: "guest-ping" })} 2>/dev/null && exit 0; sleep 0.5; done; exit 1`,
    );

  /** As the bot comes in. It ends with the guest. */
  function attached(): Peer {
    const { stdout, stdin } = sshTo(guest, installed.user, installed.keyFile);
    if (stdout === null || stdin === null) throw new Error("ssh has no streams");
    return new Peer(stdout, stdin);
  }

  const byCode: Approval = async () => ({ by: "zelie", factor: { kind: "totp", code: await codes() } });
  const byKey: Approval = async (plan) => ({ by: "yann", factor: { kind: "signature", signature: key.approve(plan) } });
  const byToken: Approval = async (plan) => ({
    by: "noe",
    factor: { kind: "signature", signature: token.sign(signedText(plan)) },
  });

  /** What its class wants is wanted: of *add* nothing, of *disrupt* one factor. */
  async function carriedOut(what: ChangeName, given: unknown, approval: Approval = byKey): Promise<Carried> {
    const carried = await carry(peer, what, given, asker, approval);
    const isFree = what === "vm.start";
    expect(carried.plan.class).toBe(isFree ? "add" : "disrupt");
    expect(carried.held).toEqual(
      isFree ? undefined : { reason: "needs-approval", detail: { class: "disrupt", wants: "one second factor" } },
    );
    expect(carried.approvals?.given.length).toBe(isFree ? undefined : 1);
    return carried;
  }

  /** Whether the filesystem of a snapshot would have to be recovered: what ext4 says of itself. */
  async function needsRecovery(name: string): Promise<boolean> {
    const copy = `tank/production/look-${randomUUID().slice(0, 8)}`;
    const word = await shell(
      `zfs clone ${name} ${copy}; udevadm settle`,
      `od -An -tu4 -j 1120 -N 4 /dev/zvol/${copy}; for i in 1 2 3 4 5; do zfs destroy ${copy} && break; sleep 1; done`,
    );
    return (Number(word) & 4) !== 0;
  }

  test("the daemon's user has its verbs, and neither define nor autostart nor power-off nor an agent command", async () => {
    const as = (...words: string[]) => guest.run(["runuser", "-u", "manchot", "--", ...virsh, ...words], patient);
    expect((await as("list", "--all", "--uuid")).stdout).toContain(web);
    for (const words of [
      ["autostart", web],
      ["destroy", web],
      ["undefine", web],
      ["shutdown", "--mode", "agent", web],
      ["qemu-agent-command", web, "{}"],
      ["define", "/root/none.xml"],
    ]) {
      const { code, stderr } = await as(...words);
      expect([words[0], code]).not.toEqual([words[0], 0]);
      if (words[0] !== "define") expect(stderr).toMatch(/access denied/);
    }
  });

  test("the file of factors is root's, and the daemon's to read: with an enrolment's end, what was given by it ends", async () => {
    expect(await must("stat", "-c", "%U:%G %a", factors)).toBe("root:manchot 640");
    const plan = await planned(peer, "vm.autostart", { vm: "sql", on: true }, asker);
    const give = async (approval: Approval) =>
      peer.call("approve", { id: plan.id, hash: plan.hash, ...(await approval(plan)) });
    const code = await codes();
    const again: Approval = async () => ({ by: "zelie", factor: { kind: "totp", code } });
    expect((await give(again)).result?.value).toMatchObject({ enough: true });
    const other = await planned(peer, "vm.autostart", { vm: "web", on: true }, asker);
    const spent = { id: other.id, hash: other.hash, ...(await again(other)) };
    expect((await peer.refusal("approve", spent)).reason).toBe("factor-spent");
    await must(service, "revoke-factor", "zelie", "--totp");
    expect((await peer.refusal("apply", { id: plan.id, hash: plan.hash })).reason).toBe("needs-approval");
    // What others may read is nobody's secret any more.
    await must("chmod", "0644", factors);
    expect((await give(byKey)).error?.data).toMatchObject({ reason: "factors-unreadable" });
    await must("chmod", "0640", factors);
    expect((await give(byToken)).result?.value).toMatchObject({ enough: true, given: [{ person: "noe" }] });
    codes = await enrolCodes(guest, "zelie");
  });

  test("start, ACPI shutdown", async () => {
    const started = await carriedOut("vm.start", { vm: "sql" });
    expect(started.ended).toMatchObject({ state: "done", result: { uuid: sql, state: "running" } });
    expect(await state(sql)).toBe("running");
    await isUp(sql);
    const stopped = await carriedOut("vm.stop", { vm: "sql" }, byKey);
    expect(stopped.ended).toMatchObject({ state: "done", result: { uuid: sql, state: "shut off" } });
    expect(ranIn(stopped.entries)).toEqual([`shutdown --mode acpi ${sql}`]);
    expect(await state(sql)).toBe("shut off");
  });

  test("restart: shut down, and started anew", async () => {
    await must(...virsh, "start", sql);
    await isUp(sql);
    const number = await must(...virsh, "domid", sql);
    const { ended, entries } = await carriedOut("vm.restart", { vm: "sql" }, byToken);
    expect(ended).toMatchObject({ state: "done", result: { uuid: sql, state: "running" } });
    expect(ranIn(entries)).toEqual([`shutdown --mode acpi ${sql}`, `start ${sql}`]);
    expect(await must(...virsh, "domid", sql)).not.toBe(number);
    await isUp(sql);
    await must(...virsh, "destroy", sql);
  });

  test("a VM named 1, while another has the number 1", async () => {
    await must(...virsh, "start", web);
    const number = await must(...virsh, "domid", web);
    expect((await carriedOut("vm.start", { vm: "1" })).ended.state).toBe("done");
    expect([await state(one), await state(web)]).toEqual(["running", "running"]);
    await isUp(one);
    expect((await carriedOut("vm.stop", { vm: "1" })).ended.state).toBe("done");
    expect([await state(one), await state(web), await must(...virsh, "domid", web)]).toEqual([
      "shut off",
      "running",
      number,
    ]);
  });

  test("reboot followed by a shutdown: the press that nobody hears is not the last", async () => {
    await must(...virsh, "start", sql);
    await isUp(sql);
    // Approved before, so that the button is pressed while it reboots.
    const rebooting: Approval = async (plan) => {
      const approval = await byCode(plan);
      await must(...virsh, "reboot", sql);
      return approval;
    };
    const stopped = await carriedOut("vm.stop", { vm: "sql", within: 150 }, rebooting);
    expect(stopped.ended).toMatchObject({ state: "done", result: { state: "shut off" } });
    expect(await state(sql)).toBe("shut off");
  });

  test("autostart, through the root helper", async () => {
    const autostarts = async () => (await must(...virsh, "list", "--all", "--autostart", "--uuid")).includes(sql);
    expect((await carriedOut("vm.autostart", { vm: "sql", on: true }, byCode)).ended.state).toBe("done");
    expect(await autostarts()).toBe(true);
    expect((await carriedOut("vm.autostart", { vm: "sql", on: false }, byKey)).ended.state).toBe("done");
    expect(await autostarts()).toBe(false);
  });

  test("a snapshot with its guest held still, while a file is being written", async () => {
    const { ended } = await carriedOut("vm.start", { vm: agent.name });
    expect(ended.state).toBe("done");
    await agentIsUp();
    await sleep(5_000);
    const taken = await snapshot(peer, randomUUID(), [agent.name]);
    const result = taken.result as ChangeResult<"zfs.snapshot">;
    expect([taken.state, result.consistency, result.why]).toEqual(["done", "filesystem", undefined]);
    expect(await needsRecovery(result.snapshots[0]?.name ?? "")).toBe(false);
    // That this shows anything: without the guest's help it would have to be recovered.
    await must("zfs", "snapshot", `${agent.volume}@by-hand`);
    expect(await needsRecovery(`${agent.volume}@by-hand`)).toBe(true);
    // It has no network: the agent tells its loopback alone, and to the helper it does.
    const told = await labHost(guest).run([helper, "addresses", agent.uuid]);
    expect([told.code, told.stdout.includes("127.0.0.1/8")]).toEqual([0, true]);
    const picture = await peer.value<{ png: string; width: number }>("ask", {
      do: "vm.screenshot",
      with: { vm: agent.name },
    });
    expect(Buffer.from(picture.png, "base64").subarray(1, 4).toString()).toBe("PNG");
    expect(picture.width).toBeGreaterThan(100);
  });

  test("called off while its guest holds still, a snapshot is finished and the guest let go", async () => {
    const plan = await planned(peer, "zfs.snapshot", { targets: [agent.name] }, asker);
    await applied(peer, plan);
    await peer.until(() => peer.operations.some(({ id, state }) => id === plan.id && state === "running"));
    const asked = await peer.value<Operation>("cancel", { id: plan.id, by: "yann" });
    expect(asked).toMatchObject({ state: "running", cancelAsked: { by: "yann" } });
    const ended = await endOf(peer, plan.id);
    expect(ended).toMatchObject({ state: "done", result: { consistency: "filesystem" }, cancelAsked: { by: "yann" } });
    const entries = await peer.value<JournalEntry[]>("journal", { id: plan.id });
    const order = entries.map(({ kind }) => kind).filter((kind) => /^(holding|cancel-asked|released)$/.test(kind));
    expect(order.toSorted()).toEqual(["cancel-asked", "holding", "released"]);
    expect(order.indexOf("cancel-asked")).toBeLessThan(order.indexOf("released"));
    expect(await shell(toAgent({ execute: "guest-fsfreeze-status" }))).toContain("thawed");
  });

  test("SIGKILL of the executor between freeze and thaw: the next start thaws", async () => {
    await shell(
      `mkdir -p $(dirname ${dropIn}); printf '[Service]\\nEnvironment=MANCHOT_PAUSE_AT=guest-frozen\\n' > ${dropIn}`,
      `systemctl daemon-reload; systemctl restart ${service}`,
      "for i in $(seq 300); do [ -S /run/manchot/bot.sock ] && break; sleep 0.2; done",
    );
    const id = randomUUID();
    const before = attached();
    const plan = await before.value<Plan>("plan", planOf(id, [agent.name]));
    void before.call("apply", { id, hash: plan.hash });
    await shell(
      `for i in $(seq 300); do journalctl -b -u ${service} -o cat | grep -q "PAUSED guest-frozen" && break; sleep 0.2; done`,
    );
    const status = `virsh -q -c qemu:///system qemu-agent-command ${agent.uuid} '{"execute":"guest-fsfreeze-status"}'`;
    expect(await shell(status)).toContain("frozen");
    const seconds = await shell(
      `rm ${dropIn}; systemctl daemon-reload; kill -9 $(systemctl show -p MainPID --value ${service}); S=$(date +%s)`,
      `for i in $(seq 300); do ${status} 2>/dev/null | grep -q thawed && break; sleep 0.5; done; echo $(( $(date +%s) - S ))`,
    );
    process.stdout.write(`thawed ${seconds} s after SIGKILL\n`);
    expect(Number(seconds)).toBeLessThan(60);
    peer = attached();
    expect(await endOf(peer, id)).toMatchObject({ state: "done", recovered: true });
    const entries = await peer.value<JournalEntry[]>("journal", { id });
    expect(entries.some(({ kind, detail }) => kind === "released" && detail.early === true)).toBe(true);
  });

  test("a guest that heeds neither its agent nor its button runs on, and is told so", async () => {
    // From now on its agent does as it is told, and what it calls does nothing.
    const say = (script: string) =>
      shell(toAgent({ execute: "guest-exec", arguments: { path: "/bin/busybox", arg: ["sh", "-c", script] } }));
    await say('cp /sbin/shutdown /heeds; echo "#!/bin/busybox true" > /sbin/shutdown');
    const stopped = await carriedOut("vm.stop", { vm: agent.name, within: 75 }, byCode);
    expect(stopped.ended.failure).toEqual({ reason: "still-running", detail: { vm: agent.name, seconds: 75 } });
    const ran = ranIn(stopped.entries);
    expect([ran[0], [...new Set(ran.slice(1))]]).toEqual([
      `shutdown-agent ${agent.uuid}`,
      [`shutdown --mode acpi ${agent.uuid}`],
    ]);
    // Of the time that the plan gives it no more is lost than the plan says: libvirt itself waits for a minute.
    const asked = stopped.entries.find(({ kind }) => kind === "ran");
    expect(Number(asked?.detail.ms)).toBeLessThan(45_000);
    expect(await state(agent.uuid)).toBe("running");
    await say("mv /heeds /sbin/shutdown");
  });

  test("shutdown through the agent, of a guest that heeds nothing else", async () => {
    const stopped = await carriedOut("vm.stop", { vm: agent.name }, byCode);
    expect(stopped.ended).toMatchObject({ state: "done", result: { state: "shut off" } });
    expect(ranIn(stopped.entries)).toEqual([`shutdown-agent ${agent.uuid}`]);
    expect(await state(agent.uuid)).toBe("shut off");
  });

  test("the journal is whole after all that", async () => {
    expect((await guest.run([service, "journal", "verify"], patient)).stdout).not.toContain("DAMAGED");
  });
});
