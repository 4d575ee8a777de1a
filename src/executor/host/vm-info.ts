/** One VM in full, with the ZFS volumes behind its disks. */
import type { Disk, VmInfo, VmState } from "../../protocol/facts.ts";
import { vmState } from "../../protocol/facts.ts";
import { uuidText } from "../../protocol/wire.ts";
import { good, type Outcome } from "../outcome.ts";
import { virsh, virshRead } from "./commands.ts";
import { type DiskSource, type Domain, type DomainDisk, parseDomain } from "./domain-xml.ts";
import { hostFailed, notUnderstood, output, unknownTarget } from "./fact.ts";
import type { Host, Ran } from "./host.ts";
import { rows } from "./rows.ts";
import { datasetOfPath, volumeSizes } from "./zvol.ts";

/**
 * A VM by its UUID; `unknown-target` where there is none. Its disks come from its XML, where nothing is cut or padded
 * (`domblklist` parts its columns by spaces, which paths may hold). A disk whose volume is not certain has no
 * `dataset`: it is told as it stands, never guessed.
 */
export async function vmInfo(host: Host, uuid: string): Promise<Outcome<VmInfo>> {
  if (!uuidText.test(uuid)) return unknownTarget(uuid);
  const domain = await readDomain(host, uuid);
  if (!domain.ok) return domain;
  const status = await vmStatus(host, uuid);
  if (!status.ok) return status;
  const { state, autostart } = status.value;
  const disks = await readDisks(host, domain.value.disks);
  if (!disks.ok) return disks;
  const { name, vcpus, memory, guestAgent } = domain.value;
  return good({ uuid, name, state, autostart, vcpus, memory, disks: disks.value, guestAgent });
}

async function readDomain(host: Host, uuid: string): Promise<Outcome<Domain>> {
  const argv = [virsh, ...virshRead, "dumpxml", uuid] as const;
  const ran = await host.run(argv);
  if (isUnknown(ran)) return unknownTarget(uuid);
  if (ran.code !== 0 || ran.truncated) return hostFailed(argv, ran);
  const domain = parseDomain(ran.stdout);
  if (domain === undefined || domain.uuid !== uuid) {
    return notUnderstood(argv, "the domain's XML could not be read");
  }
  return good(domain);
}

function isUnknown(ran: Ran): boolean {
  return ran.code !== 0 && /^error: failed to get domain '/m.test(ran.stderr);
}

/** What of a VM may change from one moment to the next. `persistent`: libvirt still knows it when it is off. */
export type VmStatus = { readonly state: VmState; readonly autostart: boolean; readonly persistent: boolean };

/** `dominfo`: `Key:`, spaces, value. A name cannot hold a line end, so no name can pass for another line. */
export async function vmStatus(host: Host, uuid: string): Promise<Outcome<VmStatus>> {
  const argv = [virsh, ...virshRead, "dominfo", uuid] as const;
  const ran = await host.run(argv);
  if (isUnknown(ran)) return unknownTarget(uuid);
  const out = output(argv, ran);
  if (!out.ok) return out;
  const value = (key: string) =>
    rows(out.value)
      .find((row) => row.startsWith(`${key}:`))
      ?.slice(key.length + 1)
      .trim();
  const state = vmState.safeParse(value("State"));
  const [autostart, persistent] = [value("Autostart"), value("Persistent")];
  if (!state.success || (autostart !== "enable" && autostart !== "disable")) {
    return notUnderstood(argv, out.value);
  }
  if (persistent !== "yes" && persistent !== "no") return notUnderstood(argv, out.value);
  return good({ state: state.data, autostart: autostart === "enable", persistent: persistent === "yes" });
}

async function readDisks(host: Host, disks: readonly DomainDisk[]): Promise<Outcome<Disk[]>> {
  const placed: { disk: Disk; path: string }[] = [];
  for (const disk of disks) {
    placed.push({ disk: { ...disk, source: sourceText(disk.source) }, path: await pathOf(host, disk.source) });
  }
  const sizes = await volumeSizes(
    host,
    placed.flatMap(({ path }) => datasetOfPath(path) ?? []),
  );
  if (!sizes.ok) return sizes;
  const found = placed.map(({ disk, path }): Disk => {
    const dataset = datasetOfPath(path);
    const size = dataset === undefined ? undefined : sizes.value.get(dataset);
    return dataset === undefined || size === undefined ? disk : { ...disk, dataset, size };
  });
  return good(found);
}

function sourceText(source: DiskSource): string {
  if (source.kind === "path") return source.path;
  return source.kind === "volume" ? `${source.pool}/${source.volume}` : source.what;
}

/** The path on the host, or empty. A volume's is asked of libvirt; where it will not say, the disk stays unmapped. */
async function pathOf(host: Host, source: DiskSource): Promise<string> {
  if (source.kind === "path") return source.path;
  if (source.kind === "other") return "";
  // `--pool=…`, so that a name that begins with `-` stays a name.
  const ran = await host.run([virsh, ...virshRead, "vol-path", `--pool=${source.pool}`, `--vol=${source.volume}`]);
  return ran.code === 0 && !ran.truncated ? ran.stdout.trim() : "";
}
