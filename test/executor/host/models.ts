/** Arbitrary hosts for property tests: names as odd as ZFS and libvirt permit. */
import fc from "fast-check";
import { domainStates, type Model, type SimulatedDataset, type SimulatedDomain } from "../../../src/simulator/model.ts";

const guid = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);
const size = fc.nat({ max: 2 ** 50 });
const letters = "ABCXYZabcxyz0189-_.: ";
const component = fc
  .string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 })
  .filter((text) => text !== "." && text !== "..");
const poolName = component.map((text) => `p${text}`);

const uuid = fc
  .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 32, maxLength: 32 })
  .map((hex) => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5"));

/** Text as people write it and as attackers do, in one line. */
const lineText = fc
  .array(fc.oneof(fc.constantFrom("é", "'", '"', "&", "<", ">", "=", ";", " ", "Domain: '", "🐧", "$(x)"), component), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => parts.join(""));

/** Notes as {@link oneLine} leaves them: without double, leading or trailing spaces. */
const note = lineText.map((text) => text.replace(/ +/g, " ").trim()).filter((text) => text !== "" && text !== "-");

const snapshot = fc.record({
  name: component,
  guid,
  transaction: fc.nat({ max: 10_000_000 }),
  created: fc.nat({ max: 2 ** 31 }),
  used: size,
  referenced: size,
  properties: fc.record({ "manchot:op": uuid, "manchot:note": note, "other:thing": lineText }, { requiredKeys: [] }),
});

const dataset = fc.record({
  component,
  guid,
  type: fc.constantFrom("filesystem" as const, "volume" as const),
  used: size,
  referenced: size,
  volumeSize: size,
  snapshots: fc.uniqueArray(snapshot, { selector: (one) => one.name, maxLength: 5 }),
});

const domainName = lineText.filter((name) => name.trim() !== "");
const domain = fc.record({
  uuid,
  name: domainName,
  state: fc.constantFrom(...domainStates.slice(1)),
  vcpus: fc.integer({ min: 1, max: 512 }),
  memoryKiB: fc.integer({ min: 1, max: 2 ** 32 }),
  autostart: fc.boolean(),
  agent: fc.constantFrom("none" as const, "connected" as const, "disconnected" as const),
  path: lineText,
});

export const models: fc.Arbitrary<Model> = fc
  .record({
    pools: fc.uniqueArray(fc.record({ name: poolName, guid, size, allocated: size }), {
      selector: (one) => one.name,
      minLength: 1,
      maxLength: 3,
    }),
    datasets: fc.uniqueArray(dataset, { selector: (one) => one.component, maxLength: 6 }),
    domains: fc.uniqueArray(domain, { selector: (one) => one.name, maxLength: 5 }),
  })
  .filter(({ domains }) => new Set(domains.map((one) => one.uuid)).size === domains.length)
  .map(({ pools, datasets, domains }) => {
    const roots = pools.map(({ name, guid }): SimulatedDataset => {
      return { name, guid, type: "filesystem", used: 1, referenced: 1, properties: {}, snapshots: [] };
    });
    const first = pools[0]?.name ?? "p";
    const below = datasets.map(({ component, volumeSize, ...rest }): SimulatedDataset => {
      const sized = rest.type === "volume" ? { volumeSize } : {};
      return { ...rest, ...sized, name: `${first}/${component}`, properties: {} };
    });
    return {
      transaction: 10_000_001,
      pools: pools.map((pool) => ({ ...pool, health: "ONLINE", size: pool.size + pool.allocated, full: false })),
      datasets: [...roots, ...below],
      domains: domains.map(({ path, ...rest }, index): SimulatedDomain => {
        const volume = below[index]?.name.replaceAll(" ", "+");
        const dev = { dev: volume === undefined ? path : `/dev/zvol/${volume}` };
        return { ...rest, disks: [{ target: "vda", device: "disk", source: dev }] };
      }),
    };
  });
