/**
 * Where the lab keeps what takes minutes to make: outside the clone, in folders named by the hash of their recipe. A
 * folder appears whole or not at all: it is made under another name and renamed, under a lock.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

export const cacheFolder: string =
  process.env.MANCHOT_LAB_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "manchot-lab");

/** The first twelve hexadecimal digits of the hash over files and other ingredients. */
export function recipeKey(files: readonly string[], ...ingredients: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file)).update("\0");
  for (const ingredient of ingredients) hash.update(ingredient).update("\0");
  return hash.digest("hex").slice(0, 12);
}

const twoWeeks = 14 * 86_400_000;

/**
 * Makes `<kind>-<key>` with `make(folder)` unless it is there, and returns its path. Others of the kind are removed once
 * nobody has asked for them for `keptMs`.
 */
export async function cached(
  kind: string,
  key: string,
  make: (folder: string) => Promise<void>,
  keptMs: number = twoWeeks,
): Promise<string> {
  const folder = join(cacheFolder, `${kind}-${key}`);
  mkdirSync(cacheFolder, { recursive: true });
  const unlock = await lock(join(cacheFolder, `${kind}.lock`));
  try {
    if (!existsSync(folder)) {
      const making = `${folder}.making`;
      rmSync(making, { recursive: true, force: true });
      mkdirSync(making);
      await make(making);
      renameSync(making, folder);
    }
    const now = new Date();
    utimesSync(folder, now, now);
    forgetOld(kind, folder, keptMs);
    return folder;
  } finally {
    unlock();
  }
}

/** Folders of this kind that nobody has asked for within that time: other recipes' remains, up to a gigabyte each. */
function forgetOld(kind: string, current: string, keptMs: number): void {
  for (const name of readdirSync(cacheFolder)) {
    const folder = join(cacheFolder, name);
    if (!name.startsWith(`${kind}-`) || folder === current) continue;
    if (Date.now() - statSync(folder).mtimeMs > keptMs) rmSync(folder, { recursive: true, force: true });
  }
}

/** An exclusive lock that the kernel lets go when its holder dies. This process goes on with other work while it waits. */
async function lock(file: string): Promise<() => void> {
  closeSync(openSync(file, "a"));
  const fd = openSync(file, "r+");
  // flock(2) belongs to the open file: taken by the child, kept by our own descriptor of the same open file.
  const [status] = await once(
    spawn("/usr/bin/flock", ["-x", "3"], { stdio: ["ignore", "inherit", "inherit", fd] }),
    "exit",
  );
  if (status !== 0) {
    closeSync(fd);
    throw new Error(`${file} could not be locked: flock ended with ${status}`);
  }
  return () => closeSync(fd);
}
