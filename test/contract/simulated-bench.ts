/** The simulator with the lab's model host in it: the same pools, datasets and VMs under the same names. */
import { type Model, type SimulatedDataset, type SimulatedDomain, steadyGuid } from "../../src/simulator/model.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import type { Bench } from "./bench.ts";

const MiB = 1024 ** 2;

export function simulatedBench(): Bench {
  const host = new Simulator({ model: labHost() });
  const { model } = host;
  const replace = <T>(list: T[], matches: (one: T) => boolean, change: (one: T) => T) => {
    const index = list.findIndex(matches);
    const one = list[index];
    if (one === undefined) throw new Error("there is no such thing on the simulated host");
    list[index] = change(one);
  };
  return {
    host,
    makeDataset: async (name, type) => void model.datasets.push(dataset(name, type)),
    setProperty: async (name, property, value) =>
      replace(
        model.datasets,
        (one) => one.name === name,
        (one) => ({ ...one, properties: { ...one.properties, [property]: value } }),
      ),
    defineVm: async (domain) => void model.domains.push(domain),
    suspendPool: async () => {
      const snapshot = { name: "one", guid: "1", transaction: 101, created: 1, used: 0, referenced: 0, properties: {} };
      const pool = { name: "doomed", guid: "2", size: 112 * MiB, allocated: 8 * MiB, full: false };
      model.pools.push({ ...pool, health: "SUSPENDED" });
      model.datasets.push(dataset("doomed", "filesystem"));
      model.datasets.push({ ...dataset("doomed/x", "filesystem"), snapshots: [snapshot] });
    },
    booted: async () => undefined,
    startVm: async (uuid) =>
      replace(
        model.domains,
        (one) => one.uuid === uuid,
        (one) => ({ ...one, state: "running" as const }),
      ),
    setAutostart: async (uuid) =>
      replace(
        model.domains,
        (one) => one.uuid === uuid,
        (one) => ({ ...one, autostart: true }),
      ),
  };
}

function labHost(): Model {
  const volumes = ["proxy", "web", "web-data", "sql", "video", "audio", "visio", "odd-1", "odd-2"];
  return {
    transaction: 100,
    pools: ["tank", "backup"].map((name) => ({
      name,
      guid: steadyGuid(name),
      health: "ONLINE",
      size: 960 * MiB,
      allocated: 2 * MiB,
      full: false,
    })),
    datasets: [
      ...["backup", "tank", "tank/production", "tank/audio", "tank/video", "tank/nextcloud", "tank/mail"].map((name) =>
        dataset(name, "filesystem"),
      ),
      ...volumes.map((name) => dataset(`tank/production/${name}`, "volume")),
    ],
    domains: [
      vm("proxy", 1, ["proxy"]),
      vm("web", 2, ["web", "web-data"]),
      vm("sql", 3, ["sql"]),
      vm("video", 4, ["video"]),
      vm("audio", 5, ["audio"]),
      vm("visio", 6, ["visio"]),
      vm("1", 7, ["odd-1"]),
      vm("a;b", 8, ["odd-2"]),
    ],
  };
}

function dataset(name: string, type: "filesystem" | "volume"): SimulatedDataset {
  const size = type === "volume" ? { volumeSize: 64 * MiB } : {};
  return {
    name,
    guid: steadyGuid(name),
    type,
    used: 98_304,
    referenced: 98_304,
    ...size,
    properties: {},
    snapshots: [],
  };
}

function vm(name: string, number: number, disks: readonly string[]): SimulatedDomain {
  return {
    uuid: `5c0e0000-0000-4000-8000-00000000000${number}`,
    name,
    state: "shut off",
    vcpus: 1,
    memoryKiB: 16 * 1024,
    autostart: false,
    agent: "none",
    disks: disks.map((one, index) => ({
      target: `vd${"ab"[index] ?? "z"}`,
      device: "disk",
      source: { dev: `/dev/zvol/tank/production/${one}` },
    })),
  };
}
