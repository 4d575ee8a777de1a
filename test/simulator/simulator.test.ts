import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listVms } from "../../src/executor/host/libvirt.ts";
import { listSnapshots, snapshotArgv } from "../../src/executor/host/snapshots.ts";
import { vmInfo } from "../../src/executor/host/vm-info.ts";
import { listDatasets } from "../../src/executor/host/zfs.ts";
import { listPools } from "../../src/executor/host/zpool.ts";
import { Simulator } from "../../src/simulator/simulator.ts";

const operation = "0b0e7a52-6a3c-5d53-9d0f-1c6a2f5b7e11";
const mail = snapshotArgv({ snapshots: ["tank/mail@x"], operation });
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simulator-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the host of the sandbox", () => {
  test("is sound: every parent is there, sizes fit, guids and uuids are single", async () => {
    const { model } = new Simulator();
    const names = model.datasets.map((one) => one.name);
    for (const name of names.filter((one) => one.includes("/"))) {
      expect(names).toContain(name.slice(0, name.lastIndexOf("/")));
    }
    const guids = [...model.pools, ...model.datasets, ...model.datasets.flatMap((one) => one.snapshots)];
    const perDataset = model.datasets.map((one) => one.snapshots.map((snapshot) => snapshot.guid));
    for (const list of perDataset) expect(new Set(list).size).toBe(list.length);
    expect(guids.every((one) => BigInt(one.guid) < 2n ** 64n)).toBe(true);
    const children = (parent: string) =>
      model.datasets.filter(
        (one) => one.name.startsWith(`${parent}/`) && !one.name.slice(parent.length + 1).includes("/"),
      );
    for (const parent of model.datasets) {
      const sum = children(parent.name).reduce((all, one) => all + one.used, 0);
      expect(sum).toBeLessThanOrEqual(parent.used);
    }
  });

  test("shows every VM on volumes that exist, web on two", async () => {
    const host = new Simulator();
    const vms = await listVms(host);
    const infos = await Promise.all((vms.ok ? vms.value : []).map((vm) => vmInfo(host, vm.uuid)));
    const disks = Object.fromEntries(
      infos.flatMap((one) => (one.ok ? [[one.value.name, one.value.disks.map((disk) => disk.dataset)]] : [])),
    );
    expect(disks).toEqual({
      audio: ["tank/production/audio"],
      proxy: ["tank/production/proxy"],
      sql: ["tank/production/sql"],
      video: ["tank/production/video"],
      visio: ["tank/production/visio"],
      web: ["tank/production/web", "tank/production/web-data"],
    });
  });
});

describe("its file", () => {
  test("holds every snapshot that was answered, and nothing of what was refused", async () => {
    const host = new Simulator({ folder });
    await host.run(mail);
    await host.run(mail);
    await host.run(snapshotArgv({ snapshots: ["tank/audio@y", "tank/mail@x"], operation }));
    const again = new Simulator({ folder });
    expect(again.model).toEqual(host.model);
    const names = again.model.datasets.flatMap((one) =>
      one.snapshots.map((snapshot) => `${one.name}@${snapshot.name}`),
    );
    expect(names.filter((name) => !name.includes("autosnap"))).toEqual(["tank/mail@x"]);
  });
});

describe("what can be broken, and mended", () => {
  test("a suspended pool neither reads nor snapshots, and says so", async () => {
    const host = new Simulator({ folder });
    host.break("pool");
    expect(await host.run(mail)).toMatchObject({ code: 2, stderr: expect.stringContaining("currently suspended") });
    expect((await listDatasets(host)).ok).toBe(false);
    expect(await listPools(new Simulator({ folder }))).toMatchObject({ value: [{}, { health: "SUSPENDED" }] });
    host.mend();
    expect((await host.run(mail)).code).toBe(0);
  });

  test("a full pool takes no snapshot", async () => {
    const host = new Simulator();
    host.break("full");
    expect(await host.run(mail)).toMatchObject({ code: 1, stderr: "cannot create snapshots : out of space\n" });
    expect(await listPools(host)).toMatchObject({ value: [{}, { name: "tank", free: 0 }] });
    host.mend();
    const before = await listSnapshots(host, "tank/mail");
    await host.run(mail);
    const after = await listSnapshots(host, "tank/mail");
    expect(after.ok && before.ok && after.value.length - before.value.length).toBe(1);
  });

  test("a slow host outlasts the patience of its caller, and changes nothing then", async () => {
    const host = new Simulator();
    host.break("slow");
    const ran = await host.run(mail, { timeoutMs: 20 });
    expect(ran).toMatchObject({ code: null, signal: "SIGKILL" });
    expect(host.model.datasets.flatMap((one) => one.snapshots).some((one) => one.name === "x")).toBe(false);
  });
});

test("an answer is cut at the caller's limit", async () => {
  const ran = await new Simulator().run(["/usr/sbin/zfs", "list", "-Hp", "-o", "name"], { maximumBytes: 10 });
  expect(ran).toMatchObject({ truncated: true, stdout: "backup\ntan" });
});

test("a program that it does not know is not there", async () => {
  expect(await new Simulator().run(["/usr/sbin/zfs", "destroy", "tank"])).toMatchObject({ code: 127 });
  expect(await new Simulator().run(["/bin/sh", "-c", "true"])).toMatchObject({ code: 127 });
  expect(await new Simulator().run(["/usr/bin/virsh", "-c", "qemu:///system", "list"])).toMatchObject({ code: 127 });
});
