/**
 * `manchot enrol matrix`: a new device of the bot's account that encrypts, signed by the account's identity, with its room
 * keys. Broken off anywhere, it is run again: what a new identity needs is in the secret storage before anybody sees that
 * identity, and the bot's own files change last.
 */
import { scrubber } from "../../../log.ts";
import type { AskSecret } from "../ask-secret.ts";
import { gaveUp, type Refused } from "../refused.ts";
import { placeForSecret, writeSecret } from "../secret-file.ts";
import { forget, otherDevices, printDevice } from "./devices.ts";
import type { GivenMatrix } from "./given.ts";
import { logIn, lookAt } from "./login.ts";
import { olderIdentity } from "./older.ts";
import { linesOf } from "./persons.ts";
import { type RecoveryKeys, recoveryKeys } from "./recovery-key.ts";
import { type Connection, connect, withMachine } from "./session.ts";
import { setUp } from "./set-up.ts";
import { stateFolder } from "./state-folder.ts";
import { type Place, placeForStore, putInPlace, removeStore } from "./store.ts";

/** What is printed at the end, and whether something was missed on the way. */
type Made = {
  readonly user: string;
  /** Those of the persons who were found, and their lines. */
  readonly found: readonly string[];
  readonly lines: readonly string[];
  readonly missed: boolean;
};

/** The exit code: 1 where something could not be done. */
export async function enrolMatrix(given: GivenMatrix, ask: AskSecret["ask"]): Promise<number | Refused> {
  const { homeserver, user, tokenFile } = given;
  const tokenPlace = placeForSecret(tokenFile);
  if ("wrong" in tokenPlace) return { wrong: tokenPlace.wrong, mend: "Choose another place with --token-file." };
  const keys = recoveryKeys(given.recoveryKeyFile, ask);
  if ("wrong" in keys) return keys;
  const state = stateFolder(given.state);
  if ("wrong" in state) return state;
  const place = placeForStore(state.folder);
  if ("wrong" in place) return place;
  try {
    const unfit = await lookAt(homeserver);
    if (unfit !== undefined) return unfit;
    write(`I will log ${user} in at ${homeserver} as a new device, keep its token in ${tokenFile}`);
    write(`and its keys in ${place.file}, and have the account's identity sign it.`);
    const password = await ask(`Password of ${user} at ${homeserver} (it is not shown): `);
    if (password === undefined) return gaveUp;
    const account = await logIn(homeserver, user, password);
    if ("wrong" in account) return account;
    const scrub = scrubber([password.reveal(), account.token.reveal()]);
    const tell = (line: string): void => write(scrub(line));
    const connection = connect(homeserver, account, password, tell);
    let made: Made | Refused | undefined;
    try {
      made = await connection.attempt(() => makeDevice(connection, given, keys, place));
      if ("wrong" in made) return { wrong: scrub(made.wrong), mend: made.mend };
      writeSecret(tokenFile, account.token);
      tell(`✔ ${made.user}: the token of this device is in ${tokenFile}, for its owner's eyes only.`);
      const missed = await tellOthers(connection, given.forgetDevices);
      print(given, made);
      return made.missed || missed ? 1 : 0;
    } finally {
      // Of what could not be ended nothing stays, whether it was refused or broke down.
      if (made === undefined || "wrong" in made) await connection.logOut();
      connection.close();
    }
  } finally {
    place.letGo();
    removeStore(place.fresh);
  }
}

/** Makes the device and puts its store in place. */
async function makeDevice(
  connection: Connection,
  { user, newIdentity, persons }: GivenMatrix,
  keys: RecoveryKeys,
  place: Place,
): Promise<Made | Refused> {
  const { tell, user: own } = connection;
  if ((user.startsWith("@") ? own : nameOf(own)) !== user.toLowerCase())
    return { wrong: `the homeserver logged ${own} in, and not ${user}`, mend: "See how the account is spelt." };
  const made = await withMachine(connection, place.fresh, async (session) => {
    const done = await setUp(session, keys, newIdentity, (identity) => olderIdentity(session, place, identity));
    if ("wrong" in done) return done;
    const found: string[] = [];
    const lines: string[] = [];
    for (const person of persons) {
      const line = await linesOf(session, person);
      if (typeof line === "string") {
        found.push(person);
        lines.push(line);
      } else tell(`✘ ${line.wrong}\n  ${line.mend}`);
    }
    return { user: own, found, lines, missed: !done.whole || lines.length < persons.length };
  });
  if ("wrong" in made) return made;
  place.letGo();
  const put = putInPlace(place, new Date());
  if ("wrong" in put) return put;
  tell(`✔ Its keys are in ${place.file}. Never copy that file back from a backup: the recovery key is there for that.`);
  if (put.aside !== undefined) {
    tell(`  The older device's keys are in ${put.aside} now, and are not used again.`);
    tell("  Delete them when the bot is well: they open what it read before.");
  }
  return made;
}

/** Whether something was missed. */
async function tellOthers(connection: Connection, forgetThem: boolean): Promise<boolean> {
  const { tell } = connection;
  const others = await connection.attempt(() => otherDevices(connection));
  if ("wrong" in others) {
    tell(`✘ Whether the account has other devices is not known: ${others.wrong}`);
    return true;
  }
  if (others.length === 0) return false;
  tell(`Other devices of ${connection.user}:`);
  for (const other of others) tell(`  ${printDevice(other)}`);
  if (!forgetThem) {
    tell("  Those that are not needed any more: log them out in a client, or all of them with --forget-devices.");
    return false;
  }
  const refused = await connection.attempt(() => forget(connection, others));
  if (refused === undefined) tell("✔ They are logged out.");
  else tell(`✘ They are not logged out: ${refused.wrong}\n  ${refused.mend}`);
  return refused !== undefined;
}

function print({ homeserver, tokenFile }: GivenMatrix, { user, found, lines }: Made): void {
  write("\nInto .env:\n");
  process.stdout.write(`MANCHOT_MATRIX_TOKEN_FILE=${tokenFile}\n`);
  write("\nInto manchot.yaml:\n");
  const inviters = found.length === 0 ? "" : `  inviters: ${JSON.stringify(found)}\n`;
  process.stdout.write(`matrix:\n  homeserver: ${homeserver}\n  user: "${user}"\n  trust: cross-signed\n${inviters}`);
  if (lines.length === 0) return;
  write("\nInto manchot.yaml, under `people:`, each where it belongs (these are people's accounts: look twice):\n");
  process.stdout.write(lines.join(""));
}

const write = (line: string): void => void process.stderr.write(`${line}\n`);
const nameOf = (mxid: string): string => mxid.slice(1, mxid.indexOf(":"));
