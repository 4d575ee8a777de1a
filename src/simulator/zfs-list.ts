/** `zfs list`, as far as Manchot asks it. */
import type { Ran } from "../executor/host/host.ts";
import { answered, failed } from "./answer.ts";
import type { Model, SimulatedDataset, SimulatedSnapshot } from "./model.ts";
import { has, optionValue, readOptions } from "./options.ts";
import { nameProblem } from "./zfs-names.ts";

export const helpLines = `
For the property list, run: zfs set|get

For the delegated permission list, run: zfs allow|unallow

For further help on a command or topic, run: zfs help [<topic>]
`;

type Item = { readonly dataset: SimulatedDataset; readonly snapshot?: SimulatedSnapshot };
type Kind = "filesystem" | "volume" | "snapshot";

const kinds: Readonly<Record<string, readonly Kind[]>> = {
  filesystem: ["filesystem"],
  volume: ["volume"],
  snapshot: ["snapshot"],
  all: ["filesystem", "volume", "snapshot"],
};

export function zfsList(model: Model, words: readonly string[]): Ran {
  const options = readOptions(words, "Hprjd:o:s:S:t:", "dosSt");
  if ("unknown" in options) return failed(2, `invalid option '${options.unknown}'\nusage:\n\tlist [-Hp] …\n`);
  if (!has(options, "H") || !has(options, "p")) throw new Error("the simulator lists with -Hp only");
  const types = new Set(
    (optionValue(options, "t") ?? "filesystem,volume").split(",").flatMap((one) => kinds[one] ?? []),
  );
  const columns = (optionValue(options, "o") ?? "name").split(",");
  const depth = readDepth(optionValue(options, "d"), has(options, "r"), types, options.rest);
  const items = new Map<string, Item>();
  let complaints = "";
  for (const name of options.rest.length > 0 ? options.rest : model.pools.map((pool) => pool.name)) {
    const found = open(model, name, types, depth);
    // Asked for everything, ZFS passes over a pool that it cannot read without a word.
    if (typeof found === "string" && options.rest.length > 0) complaints += `cannot open '${name}': ${found}\n`;
    if (typeof found !== "string") collect(model, found, types, depth, items);
  }
  const sorted = [...items.values()].sort(compare);
  const stdout = sorted.map((item) => `${columns.map((one) => cell(model, item, one)).join("\t")}\n`).join("");
  return complaints === "" ? answered(stdout) : failed(1, complaints, stdout);
}

/** -1: not recursive at all. */
function readDepth(given: string | undefined, recursive: boolean, types: ReadonlySet<Kind>, names: readonly string[]) {
  if (given !== undefined) return Number(given);
  if (recursive || names.length === 0) return Number.POSITIVE_INFINITY;
  return types.size === 1 && types.has("snapshot") ? 1 : -1;
}

/** What a name stands for, or why it cannot be opened. */
function open(model: Model, name: string, types: ReadonlySet<Kind>, depth: number): Item | string {
  const problem = nameProblem(name, types.has("snapshot") ? "any" : "dataset");
  if (problem !== undefined) return problem;
  const [path, mark] = name.split("@", 2);
  if (isSuspended(model, path ?? "")) return "pool I/O is currently suspended";
  const dataset = model.datasets.find((one) => one.name === path);
  const snapshot = dataset?.snapshots.find((one) => one.name === mark);
  if (dataset === undefined || (mark !== undefined && snapshot === undefined)) return "dataset does not exist";
  const item = snapshot === undefined ? { dataset } : { dataset, snapshot };
  const accepted = new Set(types);
  if (depth >= 0) accepted.add("filesystem");
  if (depth >= 0 && types.has("snapshot")) accepted.add("volume");
  return accepted.has(kindOf(item)) ? item : "operation not applicable to datasets of this type";
}

export function isSuspended(model: Model, path: string): boolean {
  return model.pools.some((pool) => pool.name === path.split(/[/@]/, 1)[0] && pool.health === "SUSPENDED");
}

function kindOf(item: Item): Kind {
  return item.snapshot === undefined ? item.dataset.type : "snapshot";
}

/** Puts the item and, down to `depth`, what is below it into `items`; a dataset's snapshots are one level below it. */
function collect(model: Model, item: Item, types: ReadonlySet<Kind>, depth: number, items: Map<string, Item>): void {
  if (types.has(kindOf(item))) items.set(nameOf(item), item);
  if (depth < 1 || item.snapshot !== undefined) return;
  const levels = (name: string) => name.split("/").length;
  const below = model.datasets.filter((one) => one.name.startsWith(`${item.dataset.name}/`));
  for (const dataset of [item.dataset, ...below]) {
    const level = levels(dataset.name) - levels(item.dataset.name);
    if (level > 0 && level <= depth && types.has(dataset.type)) items.set(dataset.name, { dataset });
    if (!types.has("snapshot") || level + 1 > depth) continue;
    for (const snapshot of dataset.snapshots) items.set(nameOf({ dataset, snapshot }), { dataset, snapshot });
  }
}

function nameOf(item: Item): string {
  return item.snapshot === undefined ? item.dataset.name : `${item.dataset.name}@${item.snapshot.name}`;
}

/** By dataset, byte by byte; a dataset before its snapshots, and these as they were made. */
function compare(a: Item, b: Item): number {
  const byName = Buffer.compare(Buffer.from(a.dataset.name), Buffer.from(b.dataset.name));
  return byName !== 0 ? byName : (a.snapshot?.transaction ?? 0) - (b.snapshot?.transaction ?? 0);
}

function cell(model: Model, item: Item, column: string): string {
  const { dataset, snapshot } = item;
  if (column.includes(":")) return snapshot?.properties[column] ?? dataset.properties[column] ?? "-";
  switch (column) {
    case "name":
      return nameOf(item);
    case "guid":
      return (snapshot ?? dataset).guid;
    case "type":
      return kindOf(item);
    case "used":
      return String((snapshot ?? dataset).used);
    case "referenced":
      return String((snapshot ?? dataset).referenced);
    case "available":
      return snapshot === undefined ? String(available(model, dataset)) : "-";
    case "volsize":
      return dataset.volumeSize === undefined ? "-" : String(dataset.volumeSize);
    case "createtxg":
      return String(snapshot?.transaction ?? 1);
    case "creation":
      return String(snapshot?.created ?? 0);
    default:
      throw new Error(`the simulator has no column ${column}`);
  }
}

function available(model: Model, dataset: SimulatedDataset): number {
  const pool = model.pools.find((one) => one.name === dataset.name.split("/", 1)[0]);
  return pool === undefined || pool.full ? 0 : Math.floor((pool.size - pool.allocated) * 0.96);
}
