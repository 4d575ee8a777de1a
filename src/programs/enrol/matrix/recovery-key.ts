/**
 * The recovery key, between the program and whoever keeps it: typed in, read from a file, shown once on the terminal, or
 * written into that file. It never goes to stdout or stderr, which may end up in some log.
 */
import { closeSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { parseRecoveryKey, printRecoveryKey, type ReadKey } from "../../../chat/matrix/encryption/recovery-key.ts";
import { Secret } from "../../../config/secret.ts";
import type { AskSecret } from "../ask-secret.ts";
import type { Refused } from "../refused.ts";
import { placeForSecret, writeSecret } from "../secret-file.ts";

export interface RecoveryKeys {
  /** One that is in the file. */
  readonly kept: Buffer | undefined;
  /** Undefined: the person left. */
  ask(question: string): Promise<ReadKey | undefined>;
  /** Gives a new one to the person, before anything depends on it. */
  give(user: string, key: Buffer): Refused | undefined;
  /** Where `give` puts it, in words; or that it cannot. */
  readonly place: string | Refused;
}

export function recoveryKeys(file: string | undefined, ask: AskSecret["ask"]): RecoveryKeys | Refused {
  const asking = async (question: string): Promise<ReadKey | undefined> => {
    const typed = await ask(question);
    return typed === undefined ? undefined : parseRecoveryKey(typed.reveal());
  };
  if (file === undefined) {
    const terminal = terminalThere();
    return { kept: undefined, ask: asking, give: showOnTerminal, place: terminal ? "the terminal, once" : noTerminal };
  }
  const kept = keyIn(file);
  if (kept !== undefined && "wrong" in kept) return kept;
  const give = (_user: string, key: Buffer): undefined => {
    if (kept === undefined) writeSecret(file, new Secret(printRecoveryKey(key)));
  };
  return { kept, ask: asking, give, place: file };
}

const noTerminal: Refused = {
  wrong: "there is no terminal to show the recovery key on",
  mend: "Run it at a terminal, or have the key written into a file: --recovery-key-file FILE.",
};

function keyIn(file: string): Buffer | undefined | Refused {
  const place = placeForSecret(file);
  const elsewhere = "Choose another place with --recovery-key-file.";
  if ("wrong" in place) return { wrong: place.wrong, mend: elsewhere };
  if (!place.there) return undefined;
  if ((statSync(file).mode & 0o077) !== 0) {
    return { wrong: `others than its owner may read ${file}`, mend: `chmod 600 ${file}` };
  }
  const read = parseRecoveryKey(readFileSync(file, "utf8"));
  return read.ok ? read.key : { wrong: `${file} is there, and the recovery key in it ${read.wrong}`, mend: elsewhere };
}

const terminal = "/dev/tty";

function terminalThere(): boolean {
  try {
    closeSync(openSync(terminal, "w"));
    return true;
  } catch {
    return false;
  }
}

function showOnTerminal(user: string, key: Buffer): Refused | undefined {
  try {
    const opened = openSync(terminal, "w");
    writeSync(opened, words(user, printRecoveryKey(key)));
    closeSync(opened);
    return undefined;
  } catch {
    return noTerminal;
  }
}

const words = (user: string, key: string): string => `
  The recovery key of ${user}:

    ${key}

  It is shown this once. With it the bot gets its identity and its keys back when its disk is lost, on another machine
  too; without it, people must then trust the bot anew. Whoever has it can speak as the bot and read its rooms: keep it
  where you keep the host's other secrets, and not on this machine.

`;
