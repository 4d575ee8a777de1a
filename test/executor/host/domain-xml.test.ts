import { describe, expect, test } from "vitest";
import { parseDomain } from "../../../src/executor/host/domain-xml.ts";
import { readXml } from "../../../src/executor/host/xml.ts";
import { datasetOfPath } from "../../../src/executor/host/zvol.ts";

function domain(devices: string, memory = "<memory>1024</memory>"): string {
  return `<domain><uuid>u</uuid><name>n</name><vcpu>2</vcpu>${memory}<devices>${devices}</devices></domain>`;
}

describe("readXml", () => {
  test("resolves the five entities and character numbers, in text and attributes", () => {
    const root = readXml(
      `<?xml version="1.0"?><!-- <x> --><a b='&lt;&#233;&quot;' c="d'e">&amp;&#x1F427;<![CDATA[<&]]></a>`,
    );
    expect(root?.attributes.get("b")).toBe('<é"');
    expect(root?.attributes.get("c")).toBe("d'e");
    expect(root?.text).toBe("&🐧<&");
  });

  test.each([
    ["a DOCTYPE", "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>"],
    ["an entity of one's own", "<a>&x;</a>"],
    ["an unended entity", "<a>&amp</a>"],
    ["a surrogate", "<a>&#xD800;</a>"],
    ["an inherited name", "<a>&toString;</a>"],
    ["an unclosed element", "<a><b></a>"],
    ["a crossed one", "<a><b></a></b>"],
    ["a second root", "<a/><b/>"],
    ["text beside the root", "<a/>x"],
    ["an attribute twice", "<a b='1' b='2'/>"],
    ["an attribute without quotes", "<a b=1/>"],
    ["a cut text", "<a b='"],
    ["nothing", ""],
    ["a deep nest", `${"<a>".repeat(200)}${"</a>".repeat(200)}`],
  ])("refuses %s", (_title, text) => {
    expect(readXml(text)).toBeUndefined();
  });
});

describe("parseDomain", () => {
  test("takes a disk's own source, not its backing store's or its mirror's", () => {
    const devices = `<disk type='block' device='disk'>
      <backingStore type='file'><source file='/old.img'/></backingStore>
      <mirror type='file'><source file='/copy.img'/></mirror>
      <source dev='/dev/zvol/tank/a'/><target dev='vda'/></disk>`;
    expect(parseDomain(domain(devices))?.disks).toEqual([
      { target: "vda", source: { kind: "path", path: "/dev/zvol/tank/a" } },
    ]);
  });

  test("leaves out CD-ROMs and floppies, keeps a LUN, a pool's volume, a network disk", () => {
    const devices = ["cdrom", "floppy", "lun"].map((kind) => `<disk device='${kind}'><target dev='${kind}'/></disk>`);
    const volume = "<disk type='volume'><source pool='p' volume='v'/><target dev='vdb'/></disk>";
    const network = "<disk type='network'><source protocol='rbd' name='pool/image'/><target dev='vdc'/></disk>";
    expect(parseDomain(domain([...devices, volume, network].join("")))?.disks).toEqual([
      { target: "lun", source: { kind: "other", what: "" } },
      { target: "vdb", source: { kind: "volume", pool: "p", volume: "v" } },
      { target: "vdc", source: { kind: "other", what: "pool/image" } },
    ]);
  });

  test("a disk without a target is not passed over", () => {
    expect(parseDomain(domain("<disk><source file='/x'/></disk>"))).toBeUndefined();
  });

  test.each([
    ["", 1024 * 1024],
    [" unit='b'", 1024],
    [" unit='KB'", 1_024_000],
    [" unit='k'", 1024 * 1024],
    [" unit='MiB'", 1024 ** 3],
    [" unit='constructor'", undefined],
  ])("memory%s", (unit, bytes) => {
    expect(parseDomain(domain("", `<memory${unit}>1024</memory>`))?.memory).toBe(bytes);
  });

  test("the agent counts only while it is connected, and only the right one", () => {
    const channel = (name: string, state: string) =>
      domain(`<channel type='unix'><target type='virtio' name='${name}'${state}/></channel>`);
    expect(parseDomain(channel("org.qemu.guest_agent.0", " state='connected'"))?.guestAgent).toBe(true);
    expect(parseDomain(channel("org.qemu.guest_agent.0", " state='disconnected'"))?.guestAgent).toBe(false);
    expect(parseDomain(channel("org.qemu.guest_agent.0", ""))?.guestAgent).toBe(false);
    expect(parseDomain(channel("com.redhat.spice.0", " state='connected'"))?.guestAgent).toBe(false);
  });
});

test.each([
  ["/dev/zvol/tank/production/web", "tank/production/web"],
  ["/dev/zvol/tank/a+b", "tank/a b"],
  ["/dev/zvol/tank/web-part1", undefined],
  ["/dev/zd16", undefined],
  ["/dev/zvol/", undefined],
  ["/dev/zvol/tank/../../sda", undefined],
  ["/dev/zvol//tank", undefined],
  ["/srv/dev/zvol/tank/x", undefined],
])("%s is the volume %s", (path, dataset) => {
  expect(datasetOfPath(path)).toBe(dataset);
});
