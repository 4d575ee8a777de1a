/** What an enrolment gets back with the recovery key: the secrets of the account's storage. */
import {
  findSealed,
  isKeyOf,
  type SecretName,
  type SecretStorage,
  secretNames,
  unseal,
} from "../../../chat/matrix/encryption/secret-storage.ts";
import { gaveUp, type Refused } from "../refused.ts";
import { otherIdentity, type Seeds } from "./identity.ts";
import type { RecoveryKeys } from "./recovery-key.ts";
import type { Session } from "./session.ts";

export type Recovered = {
  readonly key: Buffer;
  readonly seeds: Seeds;
  /** The backup's private key, in base64; undefined where the storage has none that the key opens. */
  readonly backup: string | undefined;
};

const mostTries = 3;
const lost = "If it is lost, --new-identity makes a new one; people must then trust the bot anew.";

/** Asks for the key until it opens the storage, three times at most. */
export async function recover(
  session: Session,
  storage: SecretStorage,
  keys: RecoveryKeys,
): Promise<Recovered | Refused> {
  const { tell, user } = session;
  if (keys.kept !== undefined) {
    const opened = isKeyOf(keys.kept, storage.description) ? await open(session, storage, keys.kept) : undefined;
    const { place } = keys;
    return opened ?? { wrong: `the recovery key in ${String(place)} is not the one of ${user}`, mend: lost };
  }
  tell(`${user} has a recovery key already: with it, this device gets the identity and the keys of the one before.`);
  for (let tries = 1; ; tries++) {
    const typed = await keys.ask("Recovery key (it is not shown): ");
    if (typed === undefined) return gaveUp;
    const opened =
      typed.ok && isKeyOf(typed.key, storage.description) ? await open(session, storage, typed.key) : undefined;
    if (opened !== undefined) return opened;
    const wrong = typed.ok ? "is not the one of this account" : typed.wrong;
    if (tries === mostTries) return { wrong: `the recovery key ${wrong}`, mend: `Run it again. ${lost}` };
    tell(`✘ The recovery key ${wrong}. Once more:`);
  }
}

/** Undefined where the key does not open what must be there. */
async function open(session: Session, storage: SecretStorage, key: Buffer): Promise<Recovered | Refused | undefined> {
  const secret = async (name: SecretName): Promise<string | undefined> => {
    const sealed = await findSealed(session.ask, session.user, storage, name);
    return sealed && unseal(key, name, sealed);
  };
  const master = await secret(secretNames.master);
  const selfSigning = await secret(secretNames.selfSigning);
  const userSigning = await secret(secretNames.userSigning);
  if (master === undefined || selfSigning === undefined || userSigning === undefined) {
    // The description may fit any key; but where it fits this one alone, the secrets are spoilt.
    return storage.description.mac === undefined ? undefined : otherIdentity;
  }
  return { key, seeds: { master, selfSigning, userSigning }, backup: await secret(secretNames.backup) };
}

/** Whether the storage has the secrets of an identity at all. */
export async function holdsIdentity({ ask, user }: Session, storage: SecretStorage): Promise<boolean> {
  const names = [secretNames.master, secretNames.selfSigning, secretNames.userSigning];
  const found = await Promise.all(names.map((name) => findSealed(ask, user, storage, name)));
  return found.every((sealed) => sealed !== undefined);
}
