/** A file for a secret: readable by its owner alone from its first byte on, and never half written. */
import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Secret } from "../../config/secret.ts";

/** What there is, before a secret is made that would then have no place: words where it cannot be written. */
export function placeForSecret(file: string): { readonly there: boolean } | { readonly wrong: string } {
  try {
    accessSync(dirname(file), constants.W_OK);
  } catch {
    return { wrong: `${dirname(file)} is not a folder in which a file can be made` };
  }
  const found = statSync(file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isFile()) return { wrong: `${file} is there, and not a file` };
  return { there: found !== undefined };
}

/** Replaces what was there as a whole. Throws where the disk fails. */
export function writeSecret(file: string, secret: Secret): void {
  const beside = `${file}.${process.pid}`;
  const opened = openSync(beside, "wx", 0o600);
  try {
    writeSync(opened, `${secret.reveal()}\n`);
    fsyncSync(opened);
    closeSync(opened);
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
