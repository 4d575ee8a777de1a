/** The contract cases: what Manchot asks of ZFS and libvirt, and what is answered. They run in this order on one host. */
import { listVms } from "../../src/executor/host/libvirt.ts";
import {
  findSnapshots,
  listSnapshots,
  listSnapshotsOfDatasets,
  snapshotArgv,
} from "../../src/executor/host/snapshots.ts";
import { vmInfo, vmStatus } from "../../src/executor/host/vm-info.ts";
import { findDataset, listDatasets, listDescendants } from "../../src/executor/host/zfs.ts";
import { listPools } from "../../src/executor/host/zpool.ts";
import { resolveVm } from "../../src/executor/targets.ts";
import type { Bench, Case } from "./bench.ts";

const zfs = "/usr/sbin/zfs";
const dumpxml = ["/usr/bin/virsh", "-c", "qemu:///system", "-r", "dumpxml"] as const;
const op = "0b0e7a52-6a3c-5d53-9d0f-1c6a2f5b7e11";
const other = "5c0e0000-0000-4000-8000-0000000000f";

/** A raw command: its code and its two texts. */
function said(title: string, ...argv: [string, ...string[]]): Case {
  return { title, act: async ({ host }) => spoken(await host.run(argv)) };
}

function spoken({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) {
  return { code, stdout, stderr };
}

function snapshot(title: string, order: Parameters<typeof snapshotArgv>[0]): Case {
  return { title, act: async ({ host }) => spoken(await host.run(snapshotArgv(order))) };
}

const longest = `tank/production/${"x".repeat(255 - "tank/production/@s".length)}`;

const reading: Case[] = [
  { title: "pools", act: ({ host }) => listPools(host) },
  { title: "all datasets", act: ({ host }) => listDatasets(host) },
  { title: "a dataset and what is below it", act: ({ host }) => listDescendants(host, "tank/production") },
  { title: "one volume", act: ({ host }) => findDataset(host, "tank/production/web") },
  { title: "a missing dataset", act: ({ host }) => findDataset(host, "tank/production/nope") },
  { title: "a missing pool", act: ({ host }) => findDataset(host, "nope/production") },
  said("the words for a missing dataset", zfs, "list", "-Hp", "-o", "name", "-d", "0", "tank/nope"),
  said("a filesystem asked for as a volume", zfs, "list", "-Hp", "-t", "volume", "-o", "name,volsize", "tank/mail"),
  said("the same with a depth", zfs, "list", "-Hp", "-t", "volume", "-o", "name,volsize", "-d", "0", "tank/mail"),
  said("an impossible name", zfs, "list", "-Hp", "-o", "name", "-d", "0", "tank/a;b"),
  said("a name beyond ASCII", zfs, "list", "-Hp", "-o", "name", "-d", "0", "tank/é"),
  said("a snapshot where a dataset is wanted", zfs, "list", "-Hp", "-t", "volume", "-o", "name", "-d", "0", "tank@x"),
  { title: "a dataset without snapshots", act: ({ host }) => listSnapshots(host, "tank/mail") },
];

const snapshots: Case[] = [
  snapshot("one snapshot", { snapshots: ["tank/mail@one"], operation: op }),
  { title: "one snapshot, read back", act: ({ host }) => listSnapshots(host, "tank/mail") },
  snapshot("a VM's two disks at once, with a note", {
    snapshots: ["tank/production/web@two", "tank/production/web-data@two"],
    operation: op,
    note: `avant "mise à jour"; $(reboot) 'é' = 100 % \\n 🐧`,
  }),
  {
    title: "both, read back with their properties",
    act: ({ host }) => listSnapshotsOfDatasets(host, ["tank/production/web", "tank/production/web-data"]),
  },
  snapshot("recursive", { snapshots: ["tank@deep"], operation: op, recursive: true }),
  {
    title: "each of the recursive ones is there",
    act: ({ host }) => findSnapshots(host, ["tank@deep", "tank/production/odd-1@deep", "backup@deep"]),
  },
  snapshot("one that exists", { snapshots: ["tank/mail@one"], operation: other }),
  snapshot("several, of which one exists", { snapshots: ["tank/audio@one", "tank/mail@one"], operation: other }),
  {
    title: "then none was made, and the old one is untouched",
    act: ({ host }) => findSnapshots(host, ["tank/audio@one", "tank/mail@one", "tank/nope@one"]),
  },
  snapshot("of a missing dataset", { snapshots: ["tank/nope@s"], operation: op }),
  snapshot("of two pools", { snapshots: ["tank/mail@pools", "backup@pools"], operation: op }),
  snapshot("twice of one dataset", { snapshots: ["tank/mail@a", "tank/mail@b"], operation: op }),
  said("without a name", zfs, "snapshot", "-o", "manchot:op=x"),
  said("without an @", zfs, "snapshot", "-o", "manchot:op=x", "tank/mail"),
  said("with an empty name", zfs, "snapshot", "-o", "manchot:op=x", "tank/mail@"),
  said("with an impossible name", zfs, "snapshot", "-o", "manchot:op=x", "tank/mail@a;b"),
  said("with a per cent sign", zfs, "snapshot", "-o", "manchot:op=x", "tank/mail@a%b"),
  said("with two @", zfs, "snapshot", "-o", "manchot:op=x", "tank/mail@a@b"),
  said("of an impossible dataset", zfs, "snapshot", "-o", "manchot:op=x", "tank/a;b@s"),
  said("with a property that is no pair", zfs, "snapshot", "-o", "manchot:op", "tank/mail@s"),
  said("with a property twice", zfs, "snapshot", "-o", "manchot:op=x", "-o", "manchot:op=y", "tank/mail@s"),
  said("with a name one byte too long", zfs, "snapshot", "-o", "manchot:op=x", `tank/mail@${"s".repeat(246)}`),
  snapshot("with the longest name", { snapshots: [`tank/mail@${"s".repeat(245)}`], operation: op }),
  {
    title: "the longest name, found",
    act: ({ host }) => findSnapshots(host, [`tank/mail@${"s".repeat(245)}`, `tank/mail@${"s".repeat(244)}`]),
  },
];

const odd: Case[] = [
  {
    title: "names with spaces, colons and dots",
    async act(bench) {
      await bench.makeDataset("tank/a name:with.odd_things -x", "filesystem");
      await bench.makeDataset("tank/a name:with.odd_things -x/-disk 1", "volume");
      const name = "tank/a name:with.odd_things -x/-disk 1@ s : p ";
      const ran = await bench.host.run(snapshotArgv({ snapshots: [name], operation: op, note: "-" }));
      const found = await findSnapshots(bench.host, [name]);
      return { ran: spoken(ran), found, below: await listDescendants(bench.host, "tank/a name:with.odd_things -x") };
    },
  },
  {
    title: "another's properties, with tabs and line ends, inherited",
    async act(bench) {
      await bench.makeDataset("tank/foreign", "filesystem");
      await bench.setProperty("tank/foreign", "manchot:note", "one\ttwo\ntank/fake@x\t1\t1\t1\t1\t1\t-\t-\t2\nthree");
      await bench.setProperty("tank/foreign", "manchot:op", "not an id\tof ours");
      const ran = await bench.host.run([zfs, "snapshot", "-o", "other:x=y", "tank/foreign@theirs"]);
      return { ran: spoken(ran), found: await listSnapshots(bench.host, "tank/foreign") };
    },
  },
  {
    title: "hundreds of snapshots, the newest first",
    async act(bench) {
      for (let round = 0; round < 14; round++) {
        const name = `tank@round-${String(round).padStart(2, "0")}`;
        await bench.host.run(snapshotArgv({ snapshots: [name], operation: op, recursive: true, note: `n° ${round}` }));
      }
      const names = ["tank", "tank/mail", "tank/production"];
      const own = await listSnapshots(bench.host, "tank/production/web");
      const several = await listSnapshotsOfDatasets(bench.host, names);
      return { own: briefly(own), several: briefly(several) };
    },
  },
  {
    title: "recursive, where a descendant's name becomes too long",
    async act(bench) {
      await bench.makeDataset(longest, "filesystem");
      const argv = snapshotArgv({ snapshots: ["tank/production@long"], operation: op, recursive: true });
      return spoken(await bench.host.run(argv));
    },
  },
];

function briefly(fact: Awaited<ReturnType<typeof listSnapshots>>): unknown {
  return fact.ok ? fact.value.map(({ name, note }) => `${name} ${note ?? ""}`) : fact;
}

function vm(name: string, digit: string, rest: Partial<Parameters<Bench["defineVm"]>[0]> = {}) {
  return {
    uuid: `${other}${digit}`.slice(0, 36),
    name,
    state: "shut off",
    vcpus: 1,
    memoryKiB: 16 * 1024,
    autostart: false,
    agent: "none",
    disks: [],
    ...rest,
  } as const;
}

const vms: Case[] = [
  { title: "VMs", act: ({ host }) => listVms(host) },
  { title: "a VM with two disks", act: ({ host }) => vmInfo(host, "5c0e0000-0000-4000-8000-000000000002") },
  { title: "the VM that is named 1", act: ({ host }) => vmInfo(host, "5c0e0000-0000-4000-8000-000000000007") },
  {
    title: "a running VM",
    async act(bench) {
      await bench.startVm("5c0e0000-0000-4000-8000-000000000003");
      return { all: await listVms(bench.host), one: await vmInfo(bench.host, "5c0e0000-0000-4000-8000-000000000003") };
    },
  },
  said("the words for an unknown VM", ...dumpxml, "00000000-0000-0000-0000-000000000000"),
  { title: "an unknown VM", act: ({ host }) => vmInfo(host, "00000000-0000-0000-0000-000000000000") },
  {
    title: "VMs with odd names",
    async act(bench) {
      const names = ["-x", "a b", " c  d ", "it's <&\"> é", "5c0e0000-0000-4000-8000-000000000001"];
      for (const [index, name] of names.entries()) await bench.defineVm(vm(name, "abcde"[index] ?? "0"));
      const first = vm("-x", "a").uuid;
      await bench.setAutostart(first);
      return { all: await listVms(bench.host), one: await vmInfo(bench.host, vm(names[3] ?? "", "d").uuid) };
    },
  },
  {
    title: "a VM with disks of every kind",
    async act(bench) {
      const disks = [
        { target: "vda", device: "disk", source: { dev: "/dev/zvol/tank/a+name:with.odd_things+-x/-disk+1" } },
        { target: "vdb", device: "disk", source: { file: '/srv/a & b\'s "disk" <1>.img' } },
        { target: "vdc", device: "disk", source: { dev: "/dev/zd16" } },
        { target: "vdd", device: "disk", source: { dev: "/dev/zvol/tank/gone" } },
        { target: "vde", device: "disk", source: { dev: "/dev/zvol/tank/mail" } },
        { target: "sda", device: "cdrom", source: { file: "/srv/seed.iso" } },
      ] as const;
      const domain = vm("disks", "9", { vcpus: 3, memoryKiB: 20 * 1024, agent: "disconnected", disks });
      await bench.defineVm(domain);
      return vmInfo(bench.host, domain.uuid);
    },
  },
];

const write = ["/usr/bin/virsh", "-c", "qemu:///system"] as const;
const visio = "5c0e0000-0000-4000-8000-000000000006";
const proxy = "5c0e0000-0000-4000-8000-000000000001";
const nobody = "00000000-0000-0000-0000-000000000000";
const event = [...write, "-r", "event", "--event", "lifecycle", "--timeout"] as const;
const addresses = [...write, "-r", "domifaddr", "--full", "--source"] as const;

/** The states of these VMs. */
async function states({ host }: Bench, ...uuids: string[]) {
  const all = await listVms(host);
  return all.ok ? uuids.map((uuid) => all.value.find((one) => one.uuid === uuid)?.state) : all;
}

const changing: Case[] = [
  said("starting a VM", ...write, "start", visio),
  said("starting one that runs", ...write, "start", visio),
  said("starting an unknown one", ...write, "start", nobody),
  said("freezing a guest without an agent", ...write, "domfsfreeze", visio),
  said("thawing it", ...write, "domfsthaw", visio),
  said("an event that does not come", ...event, "1", visio),
  said("an event of an unknown VM", ...event, "1", nobody),
  said("addresses of a VM without interfaces, by its leases", ...addresses, "lease", visio),
  said("by the host's neighbours", ...addresses, "arp", visio),
  {
    title: "the power button is pressed, and waited for by events",
    async act(bench) {
      // A guest that has just been started does not hear it yet.
      await bench.booted(visio);
      const pressed = spoken(await bench.host.run([...write, "shutdown", "--mode", "acpi", visio]));
      for (let tries = 0; tries < 30 && (await vmStatus(bench.host, visio).then(isOn)); tries++) {
        await bench.host.run([...event, "2", visio]);
      }
      return { pressed, now: await vmStatus(bench.host, visio) };
    },
  },
  said("the power button of one that is off", ...write, "shutdown", "--mode", "acpi", visio),
  said("freezing one that is off", ...write, "domfsfreeze", visio),
  said("thawing one that is off", ...write, "domfsthaw", visio),
  said("a screenshot of one that is off", ...write, "screenshot", visio, "/proc/self/fd/3"),
  said("addresses of one that is off", ...addresses, "lease", visio),
  {
    title: "of two VMs, one of which bears the other's UUID as its name, each is started by its own UUID",
    async act(bench) {
      const namesake = vm(proxy, "e").uuid;
      const ran = spoken(await bench.host.run([...write, "start", namesake]));
      const first = await states(bench, namesake, proxy);
      await bench.host.run([...write, "start", proxy]);
      return {
        ran,
        first,
        afterwards: await states(bench, namesake, proxy),
        refused: await resolveVm(bench.host, "proxy"),
      };
    },
  },
  {
    title: "VMs with odd names are started by their UUIDs, and no others",
    async act(bench) {
      const odd = ["a", "b", "c", "d"].map((digit) => vm("", digit).uuid);
      const names = ["1", "a;b"].map((_, index) => `5c0e0000-0000-4000-8000-00000000000${7 + index}`);
      const all = [...odd, ...names];
      const seen: unknown[] = [];
      for (const uuid of all) {
        await bench.host.run([...write, "start", uuid]);
        seen.push(await states(bench, ...all));
      }
      return seen;
    },
  },
];

function isOn(fact: Awaited<ReturnType<typeof vmStatus>>): boolean {
  return !fact.ok || fact.value.state !== "shut off";
}

const suspended: Case[] = [
  {
    title: "a suspended pool is told, and its datasets are not passed over",
    async act(bench) {
      await bench.suspendPool();
      const { host } = bench;
      return { pools: await listPools(host), all: await listDatasets(host), one: await findDataset(host, "doomed/x") };
    },
  },
  said("ZFS itself passes over it when asked for everything", zfs, "list", "-Hp", "-t", "snapshot", "-o", "guid"),
  { title: "its snapshots are not missing", act: ({ host }) => findSnapshots(host, ["doomed/x@one", "doomed/x@two"]) },
  snapshot("a snapshot on it", { snapshots: ["doomed/x@two"], operation: op }),
  snapshot("a snapshot beside it", { snapshots: ["tank/mail@beside"], operation: op }),
];

export const cases: readonly Case[] = [...reading, ...snapshots, ...odd, ...vms, ...changing, ...suspended];
