/** `zfs snapshot`: all of the named ones, or none. */
import { randomBytes } from "node:crypto";
import type { Ran } from "../executor/host/host.ts";
import { answered, failed } from "./answer.ts";
import type { Model, SimulatedDataset } from "./model.ts";
import { has, readOptions } from "./options.ts";
import { helpLines, isSuspended } from "./zfs-list.ts";
import { nameProblem } from "./zfs-names.ts";

const usage = `usage:\n\tsnapshot [-r] [-o property=value] ... <filesystem|volume>@<snap> ...\n${helpLines}`;

type Wanted = { readonly dataset: SimulatedDataset; readonly mark: string; readonly name: string };

/** Changes `model` when it answers with code 0, and only then. `now` is in seconds since 1970. */
export function zfsSnapshot(model: Model, words: readonly string[], now: number): Ran {
  const options = readOptions(words, "ro:", "o");
  if ("unknown" in options) return failed(2, `invalid option '${options.unknown}'\n${usage}`);
  const properties = readProperties(options.given.filter(([name]) => name === "o").map(([, value]) => value));
  if (typeof properties === "string") return failed(1, properties);
  if (options.rest.length === 0) return failed(2, `missing snapshot argument\n${usage}`);
  const recursive = has(options, "r");
  const wanted = new Map<string, Wanted>();
  for (const word of options.rest) {
    const found = resolve(model, word, recursive);
    if (typeof found === "string") return failed(2, found + usage);
    for (const one of found) {
      wanted.delete(one.name);
      wanted.set(one.name, one);
    }
  }
  const problems = refuse(model, [...wanted.values()]);
  const many = recursive || options.rest.length > 1;
  if (problems !== "") return failed(1, many ? `${problems}no snapshots were created\n` : problems);
  take(model, [...wanted.values()], properties, now);
  return answered("");
}

function readProperties(pairs: readonly string[]): Record<string, string> | string {
  const properties: Record<string, string> = {};
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals === -1) return "missing '=' for property=value argument\n";
    const name = pair.slice(0, equals);
    if (Object.hasOwn(properties, name)) return `property '${name}' specified multiple times\n`;
    properties[name] = pair.slice(equals + 1);
  }
  return properties;
}

/** The snapshots that one argument asks for, or what ZFS says on stderr before it shows how it is used. */
function resolve(model: Model, word: string, recursive: boolean): Wanted[] | string {
  const at = word.indexOf("@");
  if (at === -1) return "";
  const [path, mark] = [word.slice(0, at), word.slice(at + 1)];
  const problem = nameProblem(path, "dataset");
  if (problem !== undefined) return `cannot open '${path}': ${problem}\n`;
  if (isSuspended(model, path)) return `cannot open '${path}': pool I/O is currently suspended\n`;
  const dataset = model.datasets.find((one) => one.name === path);
  if (dataset === undefined) return `cannot open '${path}': dataset does not exist\n`;
  const below = recursive ? model.datasets.filter((one) => one.name.startsWith(`${path}/`)) : [];
  return [dataset, ...below].map((one) => ({ dataset: one, mark, name: `${one.name}@${mark}` }));
}

/** Why not, in ZFS's words and order; empty where nothing speaks against it. */
function refuse(model: Model, wanted: readonly Wanted[]): string {
  for (const { name } of wanted) {
    const problem = name.includes("%") ? "invalid character % in name" : nameProblem(name, "snapshot");
    if (problem !== undefined) return `cannot create snapshot '${name}': ${problem}\n`;
  }
  const pool = wanted[0]?.name.split(/[/@]/, 1)[0];
  const datasets = new Set(wanted.map((one) => one.dataset.name));
  if (datasets.size < wanted.length || wanted.some((one) => one.name.split(/[/@]/, 1)[0] !== pool)) {
    return "cannot create snapshots : multiple snapshots of same fs not allowed\n";
  }
  if (model.pools.some((one) => one.name === pool && one.full)) return "cannot create snapshots : out of space\n";
  return wanted
    .filter(({ dataset, mark }) => dataset.snapshots.some((one) => one.name === mark))
    .map(({ name }) => `cannot create snapshot '${name}': dataset already exists\n`)
    .join("");
}

function take(model: Model, wanted: readonly Wanted[], properties: Record<string, string>, now: number): void {
  model.transaction += 1;
  for (const { dataset, mark } of wanted) {
    dataset.snapshots.push({
      name: mark,
      guid: randomBytes(8).readBigUInt64BE().toString(),
      transaction: model.transaction,
      created: now,
      used: 0,
      referenced: dataset.referenced,
      properties,
    });
  }
}
