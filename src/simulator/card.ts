/** The host that the sandbox shows: one server, its VMs and what they hold (sizes are plausible, not measured). */
import {
  type Model,
  type SimulatedDataset,
  type SimulatedDomain,
  type SimulatedSnapshot,
  steadyGuid,
  steadyUuid,
} from "./model.ts";

const GiB = 1024 ** 3;
const day = 24 * 3600;

/** The model host. `now` is in seconds since 1970: its older snapshots were taken in the nights before. */
export function cardHost(now: number): Model {
  return {
    transaction: 1_842_907,
    pools: [
      {
        name: "backup",
        guid: steadyGuid("pool backup"),
        health: "ONLINE",
        size: 3725 * GiB,
        allocated: 1710 * GiB,
        full: false,
      },
      {
        name: "tank",
        guid: steadyGuid("pool tank"),
        health: "ONLINE",
        size: 3704 * GiB,
        allocated: 2235 * GiB,
        full: false,
      },
    ],
    datasets: [
      filesystem("backup", 1710, 0),
      filesystem("tank", 2235, 0),
      filesystem("tank/production", 520, 0),
      volume("tank/production/proxy", 9, 16, nightly(now, 3)),
      volume("tank/production/web", 38, 64, nightly(now, 7)),
      volume("tank/production/web-data", 97, 200, nightly(now, 7)),
      volume("tank/production/sql", 61, 120, nightly(now, 7)),
      volume("tank/production/video", 214, 400, nightly(now, 3)),
      volume("tank/production/audio", 55, 100, nightly(now, 3)),
      volume("tank/production/visio", 12, 32, nightly(now, 3)),
      filesystem("tank/audio", 412, 398, nightly(now, 5)), // 200 Funkwhale accounts
      filesystem("tank/video", 986, 951, nightly(now, 5)), // 300 PeerTube accounts, 1,000 videos
      filesystem("tank/nextcloud", 297, 281, nightly(now, 5)), // 70 people
      filesystem("tank/mail", 20, 19, nightly(now, 5)),
    ],
    domains: [
      domain("proxy", 2, 1, 2, ["proxy"]),
      domain("web", 3, 4, 12, ["web", "web-data"]),
      domain("sql", 4, 4, 16, ["sql"]),
      domain("video", 5, 6, 12, ["video"]),
      domain("audio", 6, 2, 4, ["audio"]),
      domain("visio", 7, 4, 8, ["visio"]),
    ],
  };
}

function filesystem(
  name: string,
  usedGiB: number,
  referencedGiB: number,
  snapshots: SimulatedSnapshot[] = [],
): SimulatedDataset {
  const [used, referenced] = [usedGiB * GiB, referencedGiB * GiB + 98_304];
  return { name, guid: steadyGuid(name), type: "filesystem", used, referenced, properties: {}, snapshots };
}

function volume(name: string, usedGiB: number, sizeGiB: number, snapshots: SimulatedSnapshot[]): SimulatedDataset {
  const [used, referenced, volumeSize] = [usedGiB * GiB, Math.floor(usedGiB * 0.93 * GiB), sizeGiB * GiB];
  return { name, guid: steadyGuid(name), type: "volume", used, referenced, volumeSize, properties: {}, snapshots };
}

/** sanoid's snapshots of the last nights, the oldest first. */
function nightly(now: number, nights: number): SimulatedSnapshot[] {
  const midnight = now - (now % day);
  return Array.from({ length: nights }, (_, index): SimulatedSnapshot => {
    const created = midnight - (nights - 1 - index) * day;
    const stamp = new Date(created * 1000).toISOString().slice(0, 19).replace("T", "_");
    return {
      name: `autosnap_${stamp}_daily`,
      guid: steadyGuid(`autosnap ${created} ${nights}`),
      transaction: 1_700_000 + (Math.floor(created / 3600) % 100_000),
      created,
      used: (index + 1) * 61_440 * 1024,
      referenced: (30 + index) * GiB,
      properties: {},
    };
  });
}

/** `number`: its address's last part, in a network that is for documentation only. */
function domain(
  name: string,
  number: number,
  vcpus: number,
  memoryGiB: number,
  volumes: readonly string[],
): SimulatedDomain {
  return {
    uuid: steadyUuid(`domain ${name}`),
    name,
    state: "running",
    vcpus,
    memoryKiB: memoryGiB * 1024 ** 2,
    autostart: true,
    agent: "connected",
    addresses: [{ address: `192.0.2.${number}`, prefix: 24, mac: `52:54:00:00:02:0${number}` }],
    disks: volumes.map((one, index) => ({
      target: `vd${"abcdef"[index] ?? "z"}`,
      device: "disk",
      source: { dev: `/dev/zvol/tank/production/${one}` },
    })),
  };
}
