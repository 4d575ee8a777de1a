/** What the simulator prints and the host's words read is the same thing again, however odd the names. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { listVms } from "../../../src/executor/host/libvirt.ts";
import { listSnapshots } from "../../../src/executor/host/snapshots.ts";
import { vmInfo } from "../../../src/executor/host/vm-info.ts";
import { findDataset, listDatasets } from "../../../src/executor/host/zfs.ts";
import { listPools } from "../../../src/executor/host/zpool.ts";
import { Simulator } from "../../../src/simulator/simulator.ts";
import { models } from "./models.ts";

function byName<T extends { name: string }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
}

test("pools", async () => {
  await fc.assert(
    fc.asyncProperty(models, async (model) => {
      const expected = byName(model.pools).map(({ name, guid, health, size, allocated }) => {
        return { name, guid, health, size, allocated, free: size - allocated };
      });
      expect(await listPools(new Simulator({ model }))).toEqual({ ok: true, value: expected });
    }),
    { numRuns: 60 },
  );
});

test("datasets, all and one by one", async () => {
  await fc.assert(
    fc.asyncProperty(models, async (model) => {
      const host = new Simulator({ model });
      const all = await listDatasets(host);
      expect(all.ok).toBe(true);
      const told = all.ok ? all.value.map(({ available, ...rest }) => rest) : [];
      const expected = model.datasets.map(({ name, guid, type, used, referenced }) => {
        return { name, guid, type, used, referenced };
      });
      expect(byName(told)).toEqual(byName(expected));
      for (const one of model.datasets) {
        const found = await findDataset(host, one.name);
        expect(found.ok && found.value.guid).toBe(one.guid);
      }
    }),
    { numRuns: 60 },
  );
});

test("snapshots, with foreign and own properties, the newest first", async () => {
  await fc.assert(
    fc.asyncProperty(models, async (model) => {
      const host = new Simulator({ model });
      for (const dataset of model.datasets) {
        const told = await listSnapshots(host, dataset.name);
        expect(told.ok).toBe(true);
        const expected = dataset.snapshots.map(({ name, guid, created, used, referenced, properties }) => ({
          ...{ name: `${dataset.name}@${name}`, guid, created, used, referenced },
          operation: properties["manchot:op"],
          note: properties["manchot:note"],
        }));
        const value = told.ok ? told.value : [];
        expect(byName(value)).toEqual(byName(expected));
        const order = value.map(({ name: told }) => {
          return dataset.snapshots.find(({ name }) => told === `${dataset.name}@${name}`)?.transaction ?? -1;
        });
        expect(order).toEqual([...order].sort((a, b) => b - a));
      }
    }),
    { numRuns: 60 },
  );
});

test("VMs, listed and one by one, with the volumes behind their disks", async () => {
  await fc.assert(
    fc.asyncProperty(models, async (model) => {
      const host = new Simulator({ model });
      const expected = model.domains.map(({ uuid, name, state, vcpus, memoryKiB, autostart }) => {
        return { uuid, name, state, vcpus, memory: memoryKiB * 1024, autostart };
      });
      expect(await listVms(host)).toEqual({ ok: true, value: byName(expected) });
      for (const [index, domain] of model.domains.entries()) {
        const told = await vmInfo(host, domain.uuid);
        const connected = domain.agent === "connected" && domain.state !== "shut off";
        expect(told).toMatchObject({ ok: true, value: { ...expected[index], guestAgent: connected } });
        const source = domain.disks[0]?.source ?? { dev: "" };
        const volumes = model.datasets.filter((one) => one.type === "volume");
        const behind = volumes.find((one) => "dev" in source && source.dev === linkOf(one.name));
        const disk = told.ok ? told.value.disks[0] : undefined;
        expect([disk?.dataset, disk?.size]).toEqual([behind?.name, behind?.volumeSize]);
      }
    }),
    { numRuns: 60 },
  );
});

function linkOf(name: string): string {
  return `/dev/zvol/${name.replaceAll(" ", "+")}`;
}
