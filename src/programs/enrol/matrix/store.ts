/**
 * The store of the new device: made beside the one that there is, and put in its place as a whole when all is done. The
 * older one belongs to an older device: it is set aside, and never served from again.
 */
import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { openIndexedDb } from "../../../indexed-db/open.ts";
import { encryptionFile } from "../../store-file.ts";
import type { Refused } from "../refused.ts";

export type Place = {
  /** Where `serve` looks for it. */
  readonly file: string;
  /** Where it is made. */
  readonly fresh: string;
  /** Lets the older one go, which until then no bot can open. */
  letGo(): void;
};

/** Refuses where a bot serves, or somebody else enrols. What an enrolment left that broke off is removed. */
export function placeForStore(folder: string): Place | Refused {
  const file = join(folder, encryptionFile);
  const fresh = `${file}.enrolling`;
  const enrolling = hold(fresh, "Another enrolment is under way: let it end.");
  if ("wrong" in enrolling) return enrolling;
  enrolling.letGo();
  removeStore(fresh);
  const held = hold(file, "A bot serves with it: stop it, and start it again after this.");
  return "wrong" in held ? held : { file, fresh, letGo: held.letGo };
}

/** Where the older one went. Nothing may have either of them open any more. */
export function putInPlace({ file, fresh }: Place, now: Date): { readonly aside: string | undefined } | Refused {
  const held = hold(file, "A bot was started with it meanwhile: stop it, and run this again.");
  if ("wrong" in held) return held;
  held.letGo();
  const aside = existsSync(file) ? `${file}.until-${now.toISOString().replace(/[-:]|\.\d+/g, "")}` : undefined;
  if (aside !== undefined) linkSync(file, aside);
  // Where it was not closed well, its write-ahead log is there too, and must not be taken for the new one's.
  if (aside !== undefined && existsSync(`${file}-wal`)) renameSync(`${file}-wal`, `${aside}-wal`);
  for (const rest of ["-wal", "-shm"]) rmSync(`${file}${rest}`, { force: true });
  renameSync(fresh, file);
  syncFolderOf(file);
  return { aside };
}

export function removeStore(file: string): void {
  for (const rest of ["", "-wal", "-shm"]) rmSync(`${file}${rest}`, { force: true });
}

/** Keeps others from a store. One that cannot be read serves nobody: it is not kept from anybody. */
function hold(file: string, busy: string): { letGo(): void } | Refused {
  if (!existsSync(file)) return { letGo: () => undefined };
  const opened = openIndexedDb(file);
  if (!opened.ok) {
    if (opened.why === "in-use") return { wrong: opened.message, mend: busy };
    if (opened.why === "unwritable") return { wrong: opened.message, mend: "Run it as the user that the bot runs as." };
    return { letGo: () => undefined };
  }
  let open = true;
  return {
    letGo() {
      if (open) opened.db.close();
      open = false;
    },
  };
}

function syncFolderOf(file: string): void {
  const folder = openSync(dirname(file), "r");
  fsyncSync(folder);
  closeSync(folder);
}
