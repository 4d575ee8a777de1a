/** Plan and apply, as a peer sees them, over the simulated host. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { sha256 } from "../../src/executor/canonical.ts";
import type { Host } from "../../src/executor/host/host.ts";
import type { ChangeResult } from "../../src/protocol/operations.ts";
import type { JournalEntry, Operation, Plan } from "../../src/protocol/plan.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { startBench, temporaryFolder } from "./bench.ts";
import { origin, planOf, snapshot } from "./peer.ts";

const kindsOf = (entries: JournalEntry[]) => entries.map(({ kind }) => kind).filter((kind) => kind !== "read");

describe("a snapshot", () => {
  test("of a VM with two disks is planned to the letter, taken at one moment, and told", async () => {
    const peer = (await startBench()).connect();
    const id = randomUUID();
    const note = 'avant « mise à jour »; "rm -rf"';
    const plan = await peer.value<Plan>("plan", planOf(id, ["web"], { note }));
    const suffix = `${new Date(plan.created * 1000).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z_${sha256(id).slice(0, 8)}`;
    const makes = ["tank/production/web", "tank/production/web-data"].map((name) => `${name}@manchot_add_${suffix}`);
    expect(plan.makes).toEqual(makes);
    expect(plan.steps.map(({ argv }) => argv)).toEqual([
      ["/usr/sbin/zfs", "snapshot", "-o", `manchot:op=${id}`, "-o", `manchot:note=${note}`, ...makes],
    ]);
    expect(plan.hash).toBe(sha256(plan.text));
    expect(plan.text).toContain(`\noperation: ${id}\n`);

    const applied = await peer.value<Operation>("apply", { id, hash: plan.hash });
    expect(applied.state).toBe("queued");
    const ended = await peer.end(id);
    expect(ended.state).toBe("done");
    const { snapshots, consistency } = ended.result as ChangeResult<"zfs.snapshot">;
    expect(consistency).toBe("filesystem");
    expect(snapshots.map(({ name }) => name)).toEqual(makes);
    expect(snapshots.map(({ operation }) => operation)).toEqual([id, id]);
    expect(snapshots.map((one) => one.note)).toEqual([note, note]);

    const entries = await peer.value<JournalEntry[]>("journal", { id });
    const held = ["holding", "ran", "ran", "ran", "released"];
    expect(kindsOf(entries)).toEqual(["planned", "accepted", "begun", ...held, "stepped", "ended"]);
  });

  test("of a dataset with all below it names every one of them", async () => {
    const peer = (await startBench()).connect();
    const plan = await peer.value<Plan>("plan", planOf(randomUUID(), ["tank/production"], { recursive: true }));
    expect(plan.makes.length).toBe(8);
    expect(plan.steps[0]?.argv).not.toContain("-r");
  });

  test("is taken once, however often it is planned and applied", async () => {
    const { connect, simulator } = await startBench();
    const [peer, other] = [connect(), connect()];
    const id = randomUUID();
    const plans = await Promise.all(
      [peer, other, peer].map((one) => one.value<Plan>("plan", planOf(id, ["tank/mail"]))),
    );
    expect(new Set(plans.map((plan) => JSON.stringify(plan))).size).toBe(1);
    const hash = plans[0]?.hash;
    await Promise.all([peer, other, peer].map((one) => one.call("apply", { id, hash })));
    const ends = await Promise.all([peer.end(id), other.end(id)]);
    expect(ends[0]).toEqual(ends[1]);
    expect(await peer.value<Operation>("apply", { id, hash })).toEqual(ends[0]);
    const ours = JSON.stringify(simulator.model).split(id).length - 1;
    expect(ours).toBe(1);
  });
});

describe("a plan is refused", () => {
  const refused = async (targets: string[], more = {}, id = randomUUID()) =>
    (await startBench()).connect().refusal("plan", planOf(id, targets, more));

  test("where nothing has that name, with the names that are near", async () => {
    const near = ["web", "tank/production/web"];
    expect(await refused(["wbe"])).toEqual({ reason: "unknown-target", detail: { name: "wbe", near } });
  });

  test("where disks lie on two pools", async () => {
    const { reason } = await refused(["tank/mail", "backup"]);
    expect(reason).toBe("several-pools");
  });

  /** The VM `web` of the card, with one more disk. */
  const withDisk = async (more: object) => {
    const bench = await startBench();
    const web = bench.simulator.model.domains.find(({ name }) => name === "web");
    if (web === undefined) throw new Error("the card has no web");
    const disk = { target: "vdx", device: "disk", ...more } as (typeof web.disks)[number];
    Object.assign(web, { disks: [...web.disks, disk] });
    return bench.connect().call("plan", planOf(randomUUID(), ["web"]));
  };

  test.each([
    ["a file", { source: { file: "/srv/more.qcow2" } }, "/srv/more.qcow2"],
    ["a disk of the host", { source: { dev: "/dev/sdb" } }, "/dev/sdb"],
    ["a volume by a name that may change", { source: { dev: "/dev/zd16" } }, "/dev/zd16"],
    ["a volume that is gone", { source: { dev: "/dev/zvol/tank/gone" } }, "/dev/zvol/tank/gone"],
    ["in a storage pool of which libvirt does not say where it is", { source: { pool: "p", volume: "v" } }, "p/v"],
    ["nowhere", { source: {} }, ""],
  ])("where one disk of a VM, %s, would be missing in its snapshot", async (_what, disk, source) => {
    const { error } = await withDisk(disk);
    expect(error?.data).toEqual({ reason: "disk-outside", detail: { vm: "web", disks: [`vdx (${source})`] } });
  });

  test("but not where what would be missing cannot have been written by the VM; that is noted", async () => {
    const readOnly = await withDisk({ source: { file: "/srv/tools.img" }, readOnly: true });
    expect(readOnly.result?.value).toMatchObject({
      text: expect.stringContaining("\nnote: not in it: disk vdx of vm web (/srv/tools.img), read-only\n"),
    });
    const cdrom = await withDisk({ source: { file: "/srv/seed.iso" }, device: "cdrom" });
    expect(cdrom.result?.value).toMatchObject({ text: expect.not.stringContaining("note:") });
  });

  test("where its pool is not one of those that it may work in, and facts tell of all the same", async () => {
    const rails = { pools: ["backup"], protected: [], maximum: { vms: 1, snapshots: 50 } };
    const peer = (await startBench({ rules: { rails } })).connect();
    for (const target of ["web", "tank/mail", "tank"]) {
      const { reason, detail } = await peer.refusal("plan", planOf(randomUUID(), [target]));
      expect([reason, detail.pool]).toEqual(["pool-not-served", "tank"]);
    }
    await peer.value("plan", planOf(randomUUID(), ["backup"]));
    const { pools } = await peer.value<{ pools: { name: string }[] }>("ask", { do: "host.facts", with: {} });
    expect(pools.map(({ name }) => name)).toEqual(["backup", "tank"]);
  });

  test("where an id comes again with another body", async () => {
    const peer = (await startBench()).connect();
    const id = randomUUID();
    await peer.value("plan", planOf(id, ["web"]));
    expect((await peer.refusal("plan", planOf(id, ["sql"]))).reason).toBe("id-reused");
    for (const another of [{ person: "yann" }, { network: "fediverse" }]) {
      const plan = { ...planOf(id, ["web"]), origin: { ...origin, ...another } };
      expect((await peer.refusal("plan", plan)).reason).toBe("id-reused");
    }
  });

  test("but not where a bot that was restored from an old backup gives the same event another number", async () => {
    const peer = (await startBench()).connect();
    const id = randomUUID();
    const plan = await peer.value<Plan>("plan", planOf(id, ["web"]));
    expect(await peer.value("plan", { ...planOf(id, ["web"]), origin: { ...origin, request: 7 } })).toEqual(plan);
  });

  test("where a peer pretends to be at the host's terminal", async () => {
    const peer = (await startBench()).connect();
    const plan = { ...planOf(randomUUID(), ["web"]), origin: { ...origin, network: "host" } };
    expect((await peer.refusal("plan", plan)).reason).toBe("malformed");
  });

  test("where a pool is suspended", async () => {
    const { connect, simulator } = await startBench();
    simulator.break("pool");
    expect((await connect().refusal("plan", planOf(randomUUID(), ["web"]))).reason).toMatch(
      /pool-unhealthy|host-failed/,
    );
  });

  test("where it would make more snapshots than the guard rails let it", async () => {
    const { connect } = await startBench({ rules: { rails: { protected: [], maximum: { vms: 1, snapshots: 7 } } } });
    const refusal = await connect().refusal("plan", planOf(randomUUID(), ["tank/production"], { recursive: true }));
    expect(refusal).toEqual({ reason: "limit", detail: { what: "snapshots", wanted: 8, maximum: 7 } });
  });

  test("where a target, or a dataset that it touches, is protected from this class on", async () => {
    const rails = {
      protected: [{ target: "tank/production", from: "add" as const }],
      maximum: { vms: 1, snapshots: 50 },
    };
    const { connect } = await startBench({ rules: { rails } });
    const refusal = await connect().refusal("plan", planOf(randomUUID(), ["web"]));
    expect(refusal).toEqual({
      reason: "protected",
      detail: { target: "tank/production/web", rule: "tank/production", class: "add" },
    });
    await connect().value("plan", planOf(randomUUID(), ["tank/mail"]));
  });

  test("and the refusal stands in the journal", async () => {
    const peer = (await startBench()).connect();
    const id = randomUUID();
    await peer.refusal("plan", planOf(id, ["nothing"]));
    const [entry] = await peer.value<JournalEntry[]>("journal", { id });
    expect(entry).toMatchObject({
      kind: "refused",
      detail: { identity: "bot", method: "plan", reason: "unknown-target" },
    });
  });
});

describe("an apply is refused", () => {
  test("of what was never planned, and with another plan's hash", async () => {
    const peer = (await startBench()).connect();
    const id = randomUUID();
    expect((await peer.refusal("apply", { id, hash: "x" })).reason).toBe("no-such-plan");
    const plan = await peer.value<Plan>("plan", planOf(id, ["web"]));
    expect(await peer.refusal("apply", { id, hash: "x" })).toEqual({
      reason: "plan-changed",
      detail: { planned: plan.hash },
    });
  });

  test("after the plan's half hour, and not a second before", async () => {
    let now = Date.now();
    const { connect } = await startBench({ simulator: new Simulator({ clock: () => now }) });
    const peer = connect();
    const [early, late] = [randomUUID(), randomUUID()];
    const plans = [
      await peer.value<Plan>("plan", planOf(early, ["web"])),
      await peer.value<Plan>("plan", planOf(late, ["web"])),
    ];
    now += 30 * 60_000;
    expect((await peer.value<Operation>("apply", { id: early, hash: plans[0]?.hash })).id).toBe(early);
    now += 1000;
    expect((await peer.refusal("apply", { id: late, hash: plans[1]?.hash })).reason).toBe("expired");
    expect((await peer.value<Operation>("watch", { id: late })).state).toBe("expired");
  });
});

describe("what a plan rests on", () => {
  test("is looked at again: another dataset under the same name voids it, with the difference", async () => {
    const { connect, simulator } = await startBench();
    const peer = connect();
    const id = randomUUID();
    const plan = await peer.value<Plan>("plan", planOf(id, ["tank/mail"]));
    const mail = simulator.model.datasets.find(({ name }) => name === "tank/mail");
    if (mail === undefined) throw new Error("no tank/mail");
    const before = mail.guid;
    Object.assign(mail, { guid: "123" });
    await peer.value("apply", { id, hash: plan.hash });
    const ended = await peer.end(id);
    expect(ended).toMatchObject({ state: "failed", failure: { reason: "void" } });
    expect(ended.failure?.detail).toMatchObject({
      gone: [`filesystem tank/mail ${before}`],
      come: ["filesystem tank/mail 123"],
    });
    expect(JSON.stringify(simulator.model)).not.toContain(id);
  });

  test("is not its sizes", async () => {
    const { connect, simulator } = await startBench();
    const peer = connect();
    const id = randomUUID();
    const plan = await peer.value<Plan>("plan", planOf(id, ["tank/mail"]));
    for (const dataset of simulator.model.datasets) Object.assign(dataset, { used: dataset.used + 1_000_000 });
    await peer.value("apply", { id, hash: plan.hash });
    expect((await peer.end(id)).state).toBe("done");
  });
});

describe("the truth is asked of the host", () => {
  const withChange = (simulator: Simulator, change: Host["run"]): Host => ({
    now: () => simulator.now(),
    monotonic: () => simulator.monotonic(),
    run: (argv, options) => (argv[1] === "snapshot" ? change(argv, options) : simulator.run(argv, options)),
  });

  test("a command that says it went well and left nothing has failed", async () => {
    const { connect } = await startBench({
      host: (simulator) =>
        withChange(simulator, async () => ({ code: 0, signal: null, stdout: "", stderr: "", truncated: false })),
    });
    const ended = await snapshot(connect(), randomUUID(), ["web"]);
    expect(ended).toMatchObject({ state: "failed", failure: { reason: "host-failed" } });
  });

  test("a command that was killed after its work was done has not", async () => {
    const { connect } = await startBench({
      host: (simulator) =>
        withChange(simulator, async (argv, options) => {
          await simulator.run(argv, options);
          return { code: null, signal: "SIGKILL", stdout: "", stderr: "", truncated: false };
        }),
    });
    expect((await snapshot(connect(), randomUUID(), ["web"])).state).toBe("done");
  });

  test("another's snapshot that stands under our name is not taken for ours", async () => {
    const { connect, simulator } = await startBench();
    const peer = connect();
    const id = randomUUID();
    const plan = await peer.value<Plan>("plan", planOf(id, ["tank/mail"]));
    await simulator.run(["/usr/sbin/zfs", "snapshot", "-o", "manchot:op=x", plan.makes[0] ?? ""]);
    await peer.value("apply", { id, hash: plan.hash });
    const ended = await peer.end(id);
    expect(ended).toMatchObject({ state: "failed", failure: { reason: "host-failed" } });
    expect(ended.failure?.detail.words).toContain("already exists");
  });

  test("a full pool fails with the host's own words", async () => {
    const { connect, simulator } = await startBench();
    simulator.break("full");
    const ended = await snapshot(connect(), randomUUID(), ["web"]);
    expect(ended.failure).toMatchObject({ reason: "host-failed", detail: { words: expect.stringContaining("space") } });
  });
});

describe("the rate limit", () => {
  test("queues what comes above it, in order, through a restart", async () => {
    let now = Date.now();
    const simulator = new Simulator({ clock: () => now });
    const state = temporaryFolder();
    const limited = { rules: { limits: { perMinute: 2, perHour: 4 } }, simulator, state };
    const first = await startBench(limited);
    const peer = first.connect();
    const begin = Math.floor(now / 1000);
    const ids: string[] = [];
    const due: (number | undefined)[] = [];
    for (let index = 0; index < 5; index++) {
      const id = randomUUID();
      const plan = await peer.value<Plan>("plan", planOf(id, ["tank/mail"]));
      ids.push(id);
      due.push((await peer.value<Operation>("apply", { id, hash: plan.hash })).queuedUntil);
      // Snapshots of one second would bear one name but for the id's hash.
    }
    expect(due).toEqual([undefined, undefined, begin + 60, begin + 60, begin + 3600]);
    await Promise.all(ids.slice(0, 2).map((id) => peer.end(id)));
    await first.daemon.close();

    now += 61_000;
    const second = await startBench(limited);
    const again = second.connect();
    const stands = await Promise.all(ids.slice(2).map((id) => again.value<Operation>("watch", { id })));
    await Promise.all(
      ids.slice(2, 4).map((id, index) => (stands[index]?.state === "done" ? undefined : again.end(id))),
    );
    expect((await again.value<Operation>("watch", { id: ids[4] })).queuedUntil).toBe(begin + 3600);
    await second.daemon.close();

    now += 3_600_000;
    const third = (await startBench(limited)).connect();
    const last = await third.value<Operation>("watch", { id: ids[4] });
    expect((last.state === "done" ? last : await third.end(ids[4] ?? "")).state).toBe("done");
    for (const id of ids) expect(JSON.stringify(simulator.model).split(id).length - 1).toBe(1);
  });
});
