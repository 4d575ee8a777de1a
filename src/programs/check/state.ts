/** Whether the bot could keep its records where the configuration has them. Nothing is made or written there. */
import { accessSync, constants, existsSync, readFileSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { withCopy } from "../../store/copy.ts";
import { openStore } from "../../store/sqlite.ts";
import { StoreUnavailable } from "../../store/unavailable.ts";
import { storeFile } from "../store-file.ts";
import { type Finding, fails, note, well } from "./finding.ts";

const leastRoom = 16 * 1024 * 1024;

export function stateFindings(folder: string): Finding[] {
  const nearest = nearestOf(folder);
  const what = "the folder of the records";
  if (!statSync(nearest).isDirectory()) return [fails(what, `${nearest} is not a folder`, "Correct `state`.")];
  if (!may(nearest, constants.R_OK | constants.W_OK | constants.X_OK)) {
    const trouble = nearest === folder ? `${folder} may not be written` : `${folder} is not there, and cannot be made`;
    return [fails(what, trouble, `Make it, for the user that the bot runs as: install -d -m 700 -o USER ${folder}`)];
  }
  const { bavail, bsize } = statfsSync(nearest);
  const room = bavail * bsize;
  return [
    nearest === folder ? well(`${what}, ${folder}`) : well(`${what}, ${folder}: it is made at the first start`),
    room < leastRoom
      ? fails("room on its disk", `${Math.floor(room / 1e6)} MB`, "Make room there.")
      : well("room on its disk"),
    ...storeFindings(join(folder, storeFile)),
  ];
}

/** A copy of the store is opened as the bot opens the store itself. */
function storeFindings(file: string): Finding[] {
  const what = "the records";
  if (!existsSync(file)) return [];
  if (!may(file, constants.R_OK | constants.W_OK)) {
    return [fails(what, `${file} may not be written`, "Give it to the user that the bot runs as.")];
  }
  try {
    withCopy(file, (copy) => {
      try {
        openStore(copy).close();
      } catch (fault) {
        if (!(fault instanceof StoreUnavailable)) throw fault;
        throw new StoreUnavailable(fault.message.replaceAll(copy, file), { cause: fault });
      }
    });
  } catch (fault) {
    if (!(fault instanceof StoreUnavailable)) throw fault;
    const [, trouble = fault.message, mend = ""] = /^(.*?[^.]\.) (.+)$/s.exec(fault.message) ?? [];
    return [fails(what, trouble, mend)];
  }
  const holder = holderOf(file);
  if (holder === undefined) return [well(what)];
  const mend = "If it is the bot, all is well; a second one does not start beside it.";
  return [well(what), note("their lock", `${file} is in use by ${holder}`, mend)];
}

/** Who has locked the file, as the kernel tells; nothing is tried. Undefined: nobody, or it cannot be known. */
function holderOf(file: string): string | undefined {
  try {
    const { ino } = statSync(file);
    const lock = readFileSync("/proc/locks", "utf8")
      .split("\n")
      .map((line) => /POSIX +ADVISORY +WRITE +(-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line))
      .find((found) => found?.[2] === String(ino));
    if (lock === null || lock === undefined) return undefined;
    return Number(lock[1]) > 0 ? `process ${lock[1]}` : "another process";
  } catch {
    // Not Linux, or no such file there.
    return undefined;
  }
}

/** What is there of a path: itself, or the folder in which it would be made. */
function nearestOf(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestOf(dirname(path));
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
