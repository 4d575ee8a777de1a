/** A copy of the database as it stood at one moment, for whoever reads while a bot has the file to itself. */
import { closeSync, copyFileSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreUnavailable } from "./unavailable.ts";

/** The write-ahead log's header: it changes whenever the log begins anew. */
const headerBytes = 32;
const tries = 20;

/**
 * Gives a private copy to `read`, and removes it. While a log goes on, whatever of it is written into the main file is
 * still in the log as well: so main file and log together are whole, unless the log began anew in between. Never for a
 * file that this very process has open: closing any descriptor of it would drop the lock.
 */
export function withCopy<T>(file: string, read: (copy: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "manchot-copy-"));
  try {
    const copy = join(folder, "copy.sqlite");
    for (let left = tries; left > 0; left -= 1) {
      const before = headerOf(`${file}-wal`);
      try {
        copyFileSync(file, copy);
        if (before !== "") copyFileSync(`${file}-wal`, `${copy}-wal`);
      } catch (fault) {
        // The last one to close the database removes its log.
        if (isGone(fault) && existsSync(file)) continue;
        const noRoom = fault instanceof Error && "code" in fault && fault.code === "ENOSPC";
        throw new StoreUnavailable(
          noRoom
            ? `${folder} has no room for a copy of ${file}. Name a larger folder in TMPDIR.`
            : `${file} cannot be read. It must belong to this user.`,
          { cause: fault },
        );
      }
      if (headerOf(`${file}-wal`) === before) return read(copy);
      rmSync(`${copy}-wal`, { force: true });
    }
    throw new StoreUnavailable(`${file} is written too fast to be copied. Try again in a moment.`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Empty where there is no log, or nothing in it. */
function headerOf(log: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(log, "r");
  } catch (fault) {
    if (isGone(fault)) return "";
    throw new StoreUnavailable(`${log} cannot be read. It must belong to this user.`, { cause: fault });
  }
  try {
    const header = Buffer.alloc(headerBytes);
    return readSync(descriptor, header, 0, headerBytes, 0) < headerBytes ? "" : header.toString("hex");
  } finally {
    closeSync(descriptor);
  }
}

const isGone = (fault: unknown): boolean => fault instanceof Error && "code" in fault && fault.code === "ENOENT";
