/** What the new device needs of its account: identity, secret storage, backup; as the account already has them, or made. */
import { BackupDecryptionKey } from "@matrix-org/matrix-sdk-crypto-wasm";
import { newRecoveryKey } from "../../../chat/matrix/encryption/recovery-key.ts";
import {
  findSecretStorage,
  makeSecretStorage,
  secretNames,
  useSecretStorage,
} from "../../../chat/matrix/encryption/secret-storage.ts";
import type { Refused } from "../refused.ts";
import { beginBackup, takeBackup } from "./backup.ts";
import { makeIdentity, publishedIdentity, type Seeds, takeIdentity } from "./identity.ts";
import { holdsIdentity, recover } from "./recover.ts";
import type { RecoveryKeys } from "./recovery-key.ts";
import type { Session } from "./session.ts";

/** Whether all went well; what did not was told, and the device is usable. */
export type SetUp = { readonly whole: boolean };
const whole: SetUp = { whole: true };

/** `older`: looks for the identity's private keys in the store of an older device. */
export async function setUp(
  session: Session,
  keys: RecoveryKeys,
  newIdentity: boolean,
  older: (identity: string) => Promise<Seeds | undefined>,
): Promise<SetUp | Refused> {
  const { ask, user, tell } = session;
  const published = await publishedIdentity(session);
  if (published === undefined || newIdentity) return await anew(session, keys, published !== undefined);

  const storage = await findSecretStorage(ask, user);
  if (storage !== undefined && (await holdsIdentity(session, storage))) {
    const recovered = await recover(session, storage, keys);
    if ("wrong" in recovered) return recovered;
    const refused = await takeIdentity(session, recovered.seeds);
    if (refused !== undefined) return refused;
    tell(`✔ The identity of ${user} has signed this device: for others it is the bot as before.`);
    return { whole: await takeBackup(session, storage, recovered) };
  }

  const seeds = await older(published);
  if (seeds === undefined) {
    return {
      wrong: `${user} has an identity, and no recovery key that could bring it onto a new device`,
      mend: "If a device is logged in that has it (Element, say), set recovery up there, and run this again with its recovery key. Else --new-identity makes a new one; people must then trust the bot anew.",
    };
  }
  tell(`${user} has an identity without a recovery key, and the bot's older store holds it: it is kept.`);
  const refused = await takeIdentity(session, seeds);
  if (refused !== undefined) return refused;
  return await withStorage(session, keys, seeds, async () => undefined);
}

async function anew(session: Session, keys: RecoveryKeys, replaces: boolean): Promise<SetUp | Refused> {
  const { user, tell } = session;
  const { seeds, publish } = await makeIdentity(session);
  return await withStorage(session, keys, seeds, async () => {
    const refused = await publish();
    if (refused !== undefined) return refused;
    tell(
      replaces
        ? `✔ ${user} has a NEW identity, which has signed this device. People must trust it anew: tell them so.`
        : `✔ ${user} has an identity of its own, which has signed this device.`,
    );
    return undefined;
  });
}

/** Puts the identity under a recovery key, before it is published: broken off in between, it is not lost. */
async function withStorage(
  session: Session,
  keys: RecoveryKeys,
  seeds: Seeds,
  publish: () => Promise<Refused | undefined>,
): Promise<SetUp | Refused> {
  const { ask, user, tell } = session;
  const { place } = keys;
  if (typeof place !== "string") return place;
  const key = keys.kept ?? newRecoveryKey();
  const backup = BackupDecryptionKey.createRandomKey();
  tell(keys.kept === undefined ? `The recovery key goes to ${place}.` : `The recovery key in ${place} serves on.`);
  const refused = keys.give(user, key);
  if (refused !== undefined) return refused;
  const before = await findSecretStorage(ask, user);
  await makeSecretStorage(ask, user, key, {
    [secretNames.master]: seeds.master,
    [secretNames.selfSigning]: seeds.selfSigning,
    [secretNames.userSigning]: seeds.userSigning,
    [secretNames.backup]: backup.toBase64(),
  });
  tell("✔ The secret storage is made; a recovery key from before is of no use any more.");
  const unpublished = await publish();
  if (unpublished !== undefined) {
    if (before !== undefined) await useSecretStorage(ask, user, before);
    return unpublished;
  }
  await beginBackup(session, backup);
  return whole;
}
