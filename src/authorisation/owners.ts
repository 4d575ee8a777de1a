/** To whom files belong: the nearest that can be known to who changed them. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** The users' names, or their numbers where they have none; of a file that is gone, its folder's. */
export function ownersOf(folder: string, names: readonly string[]): string {
  const ids = names.map((name) => ownerOf(join(folder, name)) ?? ownerOf(folder));
  const users = [...new Set(ids)].map((id) => (id === undefined ? "?" : (userOf(id) ?? `uid ${id}`)));
  return users.toSorted().join(", ");
}

function ownerOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.uid;
}

function userOf(id: number): string | undefined {
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    return lines.map((line) => line.split(":")).find((fields) => fields[2] === String(id))?.[0];
  } catch {
    // A machine without that file: the number says it as well.
    return undefined;
  }
}
