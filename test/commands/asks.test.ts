import { describe, expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { parse } from "../../src/conversation/parse.ts";
import type { HostFacts, Pool, Snapshot, Vm, VmInfo } from "../../src/protocol/facts.ts";
import { asks, changes, type WhyCrash } from "../../src/protocol/operations.ts";
import { answered, en, fr, noon, said } from "./fixtures.ts";

const uuid = "3b4f5b2e-0000-4000-8000-000000000001";
const pool: Pool = { name: "tank", guid: "1", health: "ONLINE", size: 3.6e12, allocated: 1.2e12, free: 2.4e12 };
const vm = (name: string, state: Vm["state"] = "running"): Vm => ({
  uuid,
  name,
  state,
  vcpus: 2,
  memory: 8e9,
  autostart: true,
});
const facts: HostFacts = {
  host: "liberta",
  now: noon / 1000,
  pools: [pool],
  vms: [vm("web"), vm("sql")],
  problems: [],
};

describe("what is asked of the executor", () => {
  test.each([
    ["host", "host.facts", "host", {}],
    ["vm list", "vm.list", "host", {}],
    ["vm info web", "vm.info", "web", { vm: "web" }],
    ["snapshots web", "snapshot.list", "web", { target: "web" }],
    ["snapshot web sql note x", "zfs.snapshot", ["web", "sql"], { targets: ["web", "sql"], note: "x" }],
    ["vm démarrer web", "vm.start", "web", { vm: "web" }],
    ["vm stop web", "vm.stop", "web", { vm: "web" }],
    ["vm arrêter web sous 5 min", "vm.stop", "web", { vm: "web", within: 300 }],
    ["vm restart web within 1h", "vm.restart", "web", { vm: "web", within: 3600 }],
    ["vm autostart web off", "vm.autostart", "web", { vm: "web", on: false }],
    ["vm démarrage-auto web oui", "vm.autostart", "web", { vm: "web", on: true }],
    ["pause", "pause", "host", {}],
    ["reprendre", "resume", "host", {}],
    ["snapshot tank/mail recursive", "zfs.snapshot", ["tank/mail"], { targets: ["tank/mail"], recursive: true }],
  ])("%j", (line, action, resource, given) => {
    const read = parse(line, commands);
    if (read.kind !== "command" || read.command.kind === "desk") throw new Error(line);
    expect(read.command.action).toBe(action);
    expect(read.command.resource?.(read.given) ?? "host").toEqual(resource);
    const { command } = read;
    const asked = command.kind === "ask" ? command.ask(read.given) : command.change(read.given);
    const schema = { ...asks, ...changes }[asked.do].with;
    expect(schema.parse(JSON.parse(JSON.stringify(asked.with)))).toEqual(given);
  });
});

describe("host", () => {
  test("all is well", async () => {
    expect((await said("host", fr, { value: facts })).split("\n")).toEqual([
      "liberta : tout ce que j’ai pu regarder va bien.",
      "Pool  État    Taille        Utilisé   Libre",
      "tank  ONLINE  3,6 To  1,2 To (33 %)  2,4 To",
      "2 machines virtuelles, toutes en marche.",
    ]);
  });

  test.each<[string, Partial<HostFacts>, string]>([
    ["what could not be read", { problems: ["virsh: connection refused"] }, "virsh: connection refused"],
    ["a sick pool", { pools: [{ ...pool, health: "DEGRADED" }] }, "The pool tank is DEGRADED."],
    ["a full pool", { pools: [{ ...pool, allocated: 3.5e12 }] }, "The pool tank is 97 % full."],
    ["no pool at all", { pools: [] }, "No storage pool was found."],
    ["no VM at all", { vms: [] }, "No VM was found."],
  ])("%s is a problem, told first", async (_, change, told) => {
    const answer = await answered("host", en, { value: { ...facts, ...change } });
    expect(answer.tone).toBe("problem");
    expect(answer.blocks.slice(0, 2)).toEqual([
      { kind: "text", text: "liberta: one problem." },
      { kind: "list", items: [told] },
    ]);
  });

  test("VMs that do not run are named", async () => {
    const value = { ...facts, vms: [vm("web"), vm("visio", "shut off"), vm("sql", "crashed")] };
    expect(await said("host", en, { value })).toContain(
      "1 of 3 VMs are running. Not running: visio (off), sql (crashed).",
    );
  });
});

test("vm list", async () => {
  expect((await said("vm list", en, { value: { vms: [vm("web"), vm("a;b", "in shutdown")] } })).split("\n")).toEqual([
    "VM   State          CPUs  Memory  Autostart",
    "web  running           2    8 GB  yes",
    "a;b  shutting down     2    8 GB  yes",
  ]);
  expect(await said("vm list", fr, { value: { vms: [] } })).toBe("Il n’y a pas de machine virtuelle sur l’hôte.");
});

test("vm info names what is not on ZFS or not known", async () => {
  const value: VmInfo = {
    ...vm("web"),
    guestAgent: false,
    disks: [
      { target: "vda", source: "/dev/zvol/tank/web", dataset: "tank/web", size: 20e9 },
      { target: "sda", source: "", readOnly: true },
    ],
    addresses: [
      { address: "192.0.2.7", prefix: 24, mac: "52:54:00:00:00:01", source: "agent" },
      { address: "2001:db8::7", prefix: 64, mac: "52:54:00:00:00:01", source: "lease" },
    ],
  };
  expect((await said("vm info web", en, { value })).split("\n")).toEqual([
    "web (running)",
    `- UUID: ${uuid}`,
    "- 2 processors, 8 GB of memory",
    "- Starts with the host: yes",
    "- Guest agent set up: no",
    "Disk  Dataset        Size  Source",
    "vda   tank/web      20 GB  /dev/zvol/tank/web",
    "sda   not on ZFS  unknown  empty (read-only)",
    "Address         MAC                Known from",
    "192.0.2.7/24    52:54:00:00:00:01  the guest itself",
    "2001:db8::7/64  52:54:00:00:00:01  the host’s DHCP",
  ]);
  expect(await said("vm info web", fr, { value: { ...value, disks: [] } })).toContain("Elle n’a pas de disque.");
});

const taken = (name: string): Snapshot => ({
  name,
  guid: "7",
  created: noon / 1000,
  used: 0,
  referenced: 12.3e9,
  note: "avant",
});

test("addresses that are not known are told as that, and of a VM that is off nothing is said", async () => {
  const value: VmInfo = { ...vm("web"), guestAgent: true, disks: [] };
  const last = async (more: Partial<VmInfo>) =>
    (await said("vm info web", en, { value: { ...value, ...more } })).split("\n").at(-1);
  expect(await last({})).toBe("Its addresses are not known: nobody on the host could tell them.");
  expect(await last({ addresses: [] })).toBe("No address of it is known on the host.");
  expect(await last({ state: "shut off" })).toBe("It has no disk.");
});

test("snapshot says plainly which moment it holds", async () => {
  const value = { snapshots: [taken("tank/web@manchot_add_1")], consistency: "crash" };
  expect((await said('instantané web note "avant"', fr, { value })).split("\n")).toEqual([
    "✔ L’instantané de web est pris.",
    "Instantané              Contenu",
    "tank/web@manchot_add_1  12,3 Go",
    "Note : avant",
    "Il contient les disques comme si le courant avait été coupé à cet instant ; si l’on y revient, les bases de données se rétablissent comme après une panne de courant.",
    "« pourquoi #50 » raconte toute l’histoire.",
  ]);
  const several = { snapshots: [taken("tank/web@1"), taken("tank/sql@1")], consistency: "crash" };
  expect(await said("snapshot web sql", en, { value: several })).toMatch(
    /^✔ 2 snapshots of web, sql are taken, all at the same moment\./u,
  );
});

describe("a snapshot of several is told for each", () => {
  const crash = "It holds the disks as if the power had failed at that moment";
  const told = async (line: string, consistency: "crash" | "filesystem", why?: readonly WhyCrash[]) => {
    const value = { snapshots: [taken("tank/web@1")], consistency, ...(why === undefined ? {} : { why }) };
    const lines = (await said(line, en, { value })).split("\n");
    return lines.slice(3, -1).map((one) => one.split(";")[0]);
  };
  const because = (target: string, why: WhyCrash["because"], words?: string): WhyCrash => ({
    target,
    because: why,
    ...(words === undefined ? {} : { words }),
  });

  test("all at rest", async () => {
    expect(await told("snapshot web sql", "filesystem")).toEqual(["The file systems were at rest at that moment"]);
  });

  test("one at rest, and why the others were not", async () => {
    const why = [because("sql", "freeze-failed", "guest agent timed out"), because("tank/mail", "dataset")];
    expect(await told("snapshot web sql tank/mail", "crash", why)).toEqual([
      "Where the file systems were not at rest, it holds the disks as if the power had failed at that moment",
      "- sql: its file systems were asked to rest, and did not. The host says: guest agent timed out",
      "- tank/mail: it is a dataset, so no guest was asked to hold still.",
      "- web: the file systems were at rest.",
    ]);
  });

  test("none at rest", async () => {
    expect(await told("snapshot web", "crash", [because("web", "thawed-early")])).toEqual([
      crash,
      "- web: its file systems did rest, but not to the end.",
    ]);
  });

  test("what was off is as it was left, which is better than a power cut", async () => {
    expect(await told("snapshot web", "crash", [because("web", "off")])).toEqual(["- web: it was off"]);
    expect((await told("snapshot web sql", "crash", [because("web", "off"), because("sql", "no-agent")]))[0]).toBe(
      crash,
    );
  });

  test("nothing is guessed of what was called by its UUID, nor of what an older executor does not tell", async () => {
    expect(await told(`snapshot ${uuid} sql`, "crash", [because("sql", "no-agent")])).toEqual([
      crash,
      "- sql: no guest agent answers in it, so its file systems could not be asked to rest.",
    ]);
    expect(await told("snapshot web sql", "crash")).toEqual([crash]);
  });
});

test("snapshots: the newest first, and what is not shown is told", async () => {
  const value = { snapshots: [taken("tank/web@2"), taken("tank/web@1")] };
  expect((await said("snapshots web", en, { value })).split("\n")).toEqual([
    "2 snapshots of web, the newest first:",
    "Snapshot    Taken                  Takes up  Note",
    "tank/web@2  23 Nov 2026, 12:00:00       0 B  avant",
    "tank/web@1  23 Nov 2026, 12:00:00       0 B  avant",
  ]);
  expect(await said("snapshots web", fr, { value: { ...value, next: "c" } })).toContain(
    "il y en a de plus anciens, que je ne montre pas",
  );
  expect(await said("snapshots web", fr, { value: { snapshots: [] } })).toBe("web n’a pas d’instantané.");
});
