/** What is asked of the host, and what is made of a host that answers in part, late, or not at all. */
import { describe, expect, test } from "vitest";
import { allowed, hostCommands } from "../../../src/executor/host/commands.ts";
import type { Host, Ran } from "../../../src/executor/host/host.ts";
import { listVms } from "../../../src/executor/host/libvirt.ts";
import { isDatasetName, isSnapshotName } from "../../../src/executor/host/names.ts";
import {
  findSnapshots,
  listSnapshots,
  listSnapshotsOfDatasets,
  snapshotArgv,
} from "../../../src/executor/host/snapshots.ts";
import { vmInfo } from "../../../src/executor/host/vm-info.ts";
import { findDataset, listDatasets } from "../../../src/executor/host/zfs.ts";
import { listPools } from "../../../src/executor/host/zpool.ts";
import { steadyUuid } from "../../../src/simulator/model.ts";
import { Simulator } from "../../../src/simulator/simulator.ts";

const operation = "0b0e7a52-6a3c-5d53-9d0f-1c6a2f5b7e11";

/** A host whose answers are changed on their way. */
function tampered(change: (ran: Ran, argv: readonly string[]) => Ran, host = new Simulator()): Host {
  return {
    now: () => host.now(),
    monotonic: () => host.monotonic(),
    run: async (argv, options) => change(await host.run(argv, options), argv),
  };
}

/** Everything that is asked, in the order in which it is. */
async function asked(question: (host: Host) => Promise<unknown>): Promise<(readonly string[])[]> {
  const seen: (readonly string[])[] = [];
  await question(
    tampered((ran, argv) => {
      seen.push(argv);
      return ran;
    }),
  );
  return seen;
}

const questions: Readonly<Record<string, (host: Host) => Promise<{ ok: boolean }>>> = {
  listPools,
  listDatasets,
  findDataset: (host) => findDataset(host, "tank/mail"),
  listSnapshots: (host) => listSnapshots(host, "tank/mail"),
  findSnapshots: (host) => findSnapshots(host, ["tank/mail@x"]),
  listVms,
  vmInfo: (host) => vmInfo(host, steadyUuid("domain web")),
};

describe.each(Object.entries(questions))("%s", (_name, question) => {
  test("asks only what is on the list, and nothing that changes anything", async () => {
    const seen = await asked(question);
    expect(seen.length).toBeGreaterThan(0);
    for (const argv of seen) expect(allowed(argv)).toMatchObject({ changes: false });
  });

  test.each([
    ["was killed", (ran: Ran) => ({ ...ran, code: null, signal: "SIGKILL" })],
    ["was cut short", (ran: Ran) => ({ ...ran, truncated: true })],
    ["failed", (ran: Ran) => ({ ...ran, code: 1, stdout: "", stderr: "internal error: out of memory\n" })],
    ["could not be started", (ran: Ran) => ({ ...ran, code: 127, stdout: "", stderr: "" })],
  ])("a command that %s is a failure", async (_title, change) => {
    expect((await question(tampered(change))).ok).toBe(false);
  });
});

describe("the list of commands", () => {
  test("allows no other verb, connection or program", () => {
    expect(allowed(["/usr/sbin/zfs", "destroy", "tank"])).toBeUndefined();
    expect(allowed(["/usr/sbin/zfs", "snapshot", "tank@x"])).toBeUndefined();
    expect(allowed(["/usr/bin/virsh", "-c", "qemu:///system", "destroy", "x"])).toBeUndefined();
    expect(allowed(["/usr/bin/virsh", "-c", "qemu+ssh://host/system", "-r", "dumpxml", "x"])).toBeUndefined();
    expect(allowed(["zfs", "list", "-Hp"])).toBeUndefined();
    expect(allowed(["/usr/bin/virsh", "-c", "qemu:///system", "shutdown", "x", "--mode", "agent"])).toBeUndefined();
    expect(allowed(["/run/manchot-helper.sock", "define", "x"])).toBeUndefined();
    const changing = hostCommands.filter((one) => one.changes);
    expect(
      changing.map(({ path, prefix }) => [path, ...prefix.filter((word) => !/^-c$|:/.test(word))].join(" ")),
    ).toEqual([
      "/usr/sbin/zfs snapshot -o",
      "/usr/sbin/zfs snapshot -r -o",
      "/usr/bin/virsh start",
      "/usr/bin/virsh shutdown --mode acpi",
      "/usr/bin/virsh domfsfreeze",
      "/usr/bin/virsh domfsthaw",
      "/run/manchot-helper.sock shutdown-agent",
      "/run/manchot-helper.sock autostart",
    ]);
  });

  test("marks the snapshot as a change", () => {
    for (const recursive of [true, false]) {
      expect(allowed(snapshotArgv({ snapshots: ["tank@x"], operation, recursive }))).toMatchObject({ changes: true });
    }
  });
});

describe("findSnapshots", () => {
  test("tells found and missing ones apart, in the order asked", async () => {
    const host = new Simulator();
    await host.run(snapshotArgv({ snapshots: ["tank/mail@b"], operation, note: "n" }));
    const found = await findSnapshots(host, ["tank/none@a", "tank/mail@b", "tank/mail@c", "no name", "tank/mail@b"]);
    expect(found.ok && found.value.map((one) => one.found?.operation)).toEqual([
      undefined,
      operation,
      undefined,
      undefined,
      operation,
    ]);
  });

  test("does not take silence for absence", async () => {
    const silent = tampered((ran) => ({ ...ran, stderr: "" }));
    expect((await findSnapshots(silent, ["tank/mail@x"])).ok).toBe(false);
  });

  test("does not take a suspended pool for absence", async () => {
    const host = new Simulator();
    host.break("pool");
    expect(await findSnapshots(host, ["tank/mail@x"])).toMatchObject({ ok: false, failure: { reason: "host-failed" } });
  });
});

describe("a suspended pool", () => {
  test("is no empty pool", async () => {
    const host = new Simulator();
    host.break("pool");
    expect(await listDatasets(host)).toMatchObject({
      ok: false,
      failure: { detail: { words: expect.stringContaining("suspended") } },
    });
    expect(await listPools(host)).toMatchObject({ ok: true, value: [{ health: "ONLINE" }, { health: "SUSPENDED" }] });
  });
});

describe("names that ZFS cannot have", () => {
  const unfit = [
    "",
    "-r",
    "/etc",
    "./x",
    "tank//x",
    "tank/",
    "tank/..",
    "tank/é",
    "tank/a;b",
    "tank/a\nb",
    "tank/a\tb",
  ];
  test.each([...unfit, "1tank", `tank/${"x".repeat(251)}`])("%j is handed to nobody", async (name) => {
    expect(isDatasetName(name)).toBe(false);
    expect(isSnapshotName(`${name}@x`)).toBe(false);
    const seen = await asked(async (host) => {
      expect(await findDataset(host, name)).toMatchObject({ ok: false, failure: { reason: "unknown-target" } });
      expect(await listSnapshots(host, name)).toMatchObject({ ok: false, failure: { reason: "unknown-target" } });
      expect((await vmInfo(host, name)).ok).toBe(false);
    });
    expect(seen).toEqual([]);
    expect(() => snapshotArgv({ snapshots: [`${name}@x`], operation })).toThrow(RangeError);
  });

  test("no dataset at all is not every dataset", async () => {
    expect(await asked((host) => listSnapshotsOfDatasets(host, []))).toEqual([]);
  });
});

describe("listVms", () => {
  test("looks once more when a VM was made meanwhile", async () => {
    const host = new Simulator();
    const late = { ...host.model.domains[0], uuid: steadyUuid("late"), name: "late" } as const;
    let calls = 0;
    const moving: Host = {
      now: () => host.now(),
      monotonic: () => host.monotonic(),
      run: async (argv) => {
        if (++calls === 2) host.model.domains.push({ ...late } as (typeof host.model.domains)[number]);
        return host.run(argv);
      },
    };
    const told = await listVms(moving);
    expect(told.ok && told.value.map((vm) => vm.name)).toContain("late");
    expect(calls).toBe(6);
  });
});

test("an XML of another VM is refused", async () => {
  const host = new Simulator();
  const wrong = tampered(
    (ran) => ({ ...ran, stdout: ran.stdout.replace(steadyUuid("domain web"), steadyUuid("x")) }),
    host,
  );
  expect((await vmInfo(wrong, steadyUuid("domain web"))).ok).toBe(false);
});
