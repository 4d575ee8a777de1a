/** What Manchot reads of a domain's XML: who it is, how large, which disks, whether its agent answers. */
import { readXml, type XmlElement } from "./xml.ts";

/** Where libvirt takes a disk's blocks from: a path on the host, or a volume of one of its storage pools. */
export type DiskSource =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "volume"; readonly pool: string; readonly volume: string }
  | { readonly kind: "other"; readonly what: string };

export type DomainDisk = { readonly target: string; readonly source: DiskSource; readonly readOnly?: true };

export type Domain = {
  readonly uuid: string;
  readonly name: string;
  readonly vcpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly disks: readonly DomainDisk[];
  /** The guest agent's channel is there and the agent is connected to it now. */
  readonly guestAgent: boolean;
};

/** The domain; or nothing, where the text is not a whole domain. */
export function parseDomain(source: string): Domain | undefined {
  const root = readXml(source);
  if (root === undefined || root.name !== "domain") return undefined;
  const uuid = child(root, "uuid")?.text;
  const name = child(root, "name")?.text;
  const vcpus = wholeNumber(child(root, "vcpu")?.text);
  const memory = memoryBytes(child(root, "memory"));
  const devices = child(root, "devices");
  if (uuid === undefined || !name || vcpus === undefined || memory === undefined || devices === undefined) {
    return undefined;
  }
  const disks = devices.children.filter((one) => one.name === "disk").map(readDisk);
  if (disks.includes(undefined)) return undefined;
  const kept = disks.filter((one): one is DomainDisk => one !== undefined && one !== "removable");
  return { uuid, name, vcpus, memory, disks: kept, guestAgent: devices.children.some(isConnectedAgent) };
}

function child(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((one) => one.name === name);
}

/** CD-ROMs and floppies are no disks of a VM: what they hold comes and goes. */
function readDisk(disk: XmlElement): DomainDisk | "removable" | undefined {
  const device = disk.attributes.get("device") ?? "disk";
  if (device === "cdrom" || device === "floppy") return "removable";
  const target = child(disk, "target")?.attributes.get("dev");
  if (target === undefined) return undefined;
  const source = readSource(child(disk, "source"));
  return child(disk, "readonly") === undefined ? { target, source } : { target, source, readOnly: true };
}

function readSource(source: XmlElement | undefined): DiskSource {
  const path = source?.attributes.get("dev") ?? source?.attributes.get("file");
  if (path !== undefined) return { kind: "path", path };
  const pool = source?.attributes.get("pool");
  const volume = source?.attributes.get("volume");
  if (pool !== undefined && volume !== undefined) return { kind: "volume", pool, volume };
  const what = source?.attributes.get("name") ?? source?.attributes.get("dir") ?? source?.attributes.get("path") ?? "";
  return { kind: "other", what };
}

function isConnectedAgent(device: XmlElement): boolean {
  const target = device.name === "channel" ? child(device, "target") : undefined;
  return target?.attributes.get("name") === "org.qemu.guest_agent.0" && target.attributes.get("state") === "connected";
}

/** libvirt's units: with a `B` alone or none they are of 1000, except `k` and single capitals, which are of 1024. */
const units: Readonly<Record<string, number>> = {
  b: 1,
  bytes: 1,
  KB: 1000,
  k: 1024,
  KiB: 1024,
  MB: 1000 ** 2,
  M: 1024 ** 2,
  MiB: 1024 ** 2,
  GB: 1000 ** 3,
  G: 1024 ** 3,
  GiB: 1024 ** 3,
  TB: 1000 ** 4,
  T: 1024 ** 4,
  TiB: 1024 ** 4,
};

function memoryBytes(memory: XmlElement | undefined): number | undefined {
  const amount = wholeNumber(memory?.text);
  const unit = memory?.attributes.get("unit") ?? "KiB";
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (amount === undefined || factor === undefined) return undefined;
  const bytes = amount * factor;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  const digits = text?.trim() ?? "";
  return /^[0-9]{1,15}$/.test(digits) ? Number(digits) : undefined;
}
