/** The backup of room keys: taken up with what it holds, or begun. */
import { BackupDecryptionKey } from "@matrix-org/matrix-sdk-crypto-wasm";
import { createBackup, currentBackup, fill, isFor } from "../../../chat/matrix/encryption/backup-version.ts";
import { restore } from "../../../chat/matrix/encryption/restore.ts";
import { type SecretStorage, secretNames, storeSecret } from "../../../chat/matrix/encryption/secret-storage.ts";
import type { Recovered } from "./recover.ts";
import type { Session } from "./session.ts";

/** Begins one, for a key that is in the storage already. */
export async function beginBackup({ machine, ask, tell }: Session, key: BackupDecryptionKey): Promise<void> {
  await createBackup(machine, ask, key);
  tell("✔ Room keys are backed up at the homeserver from now on, readable with the recovery key alone.");
}

/**
 * Takes up the one that the recovery key opens. One that is for another key is left alone, and replaced. Whether all is
 * here again that was in it: what is missing was said before, and the bot can do without.
 */
export async function takeBackup(session: Session, storage: SecretStorage, recovered: Recovered): Promise<boolean> {
  const { machine, ask, user, tell } = session;
  const kept = keyOf(recovered.backup);
  if (kept === undefined) {
    const key = BackupDecryptionKey.createRandomKey();
    await storeSecret(ask, user, storage, recovered.key, secretNames.backup, key.toBase64());
    tell("✘ The storage holds no key of a backup: what was said before cannot be read on this device.");
    await beginBackup(session, key);
    return false;
  }
  const found = await currentBackup(ask);
  if (found === undefined) {
    // As an enrolment leaves it that broke off just before its end.
    tell("The homeserver has no backup: one is begun, and what was said before cannot be read on this device.");
    await beginBackup(session, kept);
    return true;
  }
  if (found === "unknown" || !isFor(found, kept)) {
    tell(
      "✘ The homeserver's backup is not the one that the recovery key opens: it is not used, and replaced by a new one.",
    );
    tell("  Somebody with the account made it, or the homeserver swapped it. What was said before cannot be read.");
    await beginBackup(session, kept);
    return false;
  }
  await fill(machine, kept, found.version);
  const progress = (done: number, of: number): void => {
    if (done < of) tell(`  ${done} of ${of} room keys …`);
  };
  const restored = await session.attempt(() => restore(machine, ask, kept, found.version, progress));
  if ("wrong" in restored) {
    tell(`✘ The backup goes on, and the keys that are in it did not come: ${restored.wrong}`);
    tell("  What was said before cannot be read on this device; to try once more, run this again.");
    return false;
  }
  tell(`✔ The backup of room keys is taken up: ${restored.imported} of ${restored.found} keys are here again.`);
  if (restored.unreadable > 0)
    tell(`✘ ${restored.unreadable} of them are spoilt: what only they open cannot be read any more.`);
  return restored.unreadable === 0;
}

function keyOf(secret: string | undefined): BackupDecryptionKey | undefined {
  try {
    return secret === undefined ? undefined : BackupDecryptionKey.fromBase64(secret);
  } catch {
    return undefined;
  }
}
