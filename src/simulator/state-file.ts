/** The model in a file: each change is whole on the disk before the command that made it is answered. */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Model } from "./model.ts";

const fileName = "hypervisor.json";

/** What the folder holds, or nothing yet. */
export function readState(folder: string): Model | undefined {
  const file = join(folder, fileName);
  // Only this program writes it, and never half of it.
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Model) : undefined;
}

export function writeState(folder: string, model: Model): void {
  mkdirSync(folder, { recursive: true });
  const next = join(folder, `${fileName}.new`);
  const text = Buffer.from(JSON.stringify(model));
  sync(next, "w", (fd) => {
    for (let at = 0; at < text.length; ) at += writeSync(fd, text, at);
  });
  renameSync(next, join(folder, fileName));
  sync(folder, "r", () => undefined);
}

function sync(path: string, flags: string, write: (fd: number) => void): void {
  const fd = openSync(path, flags);
  try {
    write(fd);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
