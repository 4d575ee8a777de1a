/**
 * The backup of room keys at the homeserver, as a version that it shows: whose key it is for. Whoever knows a version's
 * public key can write into it, and only its private key reads it ("Server-side key backups",
 * https://spec.matrix.org/v1.15/client-server-api/#server-side-key-backups).
 */
import { type BackupDecryptionKey, type OlmMachine, SignatureState } from "@matrix-org/matrix-sdk-crypto-wasm";
import { MatrixError } from "matrix-bot-sdk";
import { z } from "zod";
import type { Ask } from "./requests.ts";

const versionSchema = z.looseObject({
  version: z.string().min(1).max(255),
  algorithm: z.literal("m.megolm_backup.v1.curve25519-aes-sha2"),
  auth_data: z.looseObject({ public_key: z.string().min(1).max(255) }),
});
export type BackupVersion = z.output<typeof versionSchema>;

const versionPath = "/_matrix/client/v3/room_keys/version";

/** The newest one; undefined where the account has none. One of a kind that is not known here comes as `unknown`. */
export async function currentBackup(ask: Ask): Promise<BackupVersion | "unknown" | undefined> {
  try {
    return versionSchema.safeParse(await ask("GET", versionPath)).data ?? "unknown";
  } catch (fault) {
    if (fault instanceof MatrixError && fault.errcode === "M_NOT_FOUND") return undefined;
    throw fault;
  }
}

/** Whether a version is for the key that we hold. A homeserver that swaps it would otherwise read all that goes in. */
export function isFor(version: BackupVersion, key: BackupDecryptionKey): boolean {
  return unpadded(version.auth_data.public_key) === unpadded(key.megolmV1PublicKey.publicKeyBase64);
}

/** Whether the account's own identity signed it, so that somebody who holds that identity made it. */
export async function isSigned(machine: OlmMachine, version: BackupVersion): Promise<boolean> {
  try {
    return (await machine.verifyBackup(version)).userState === SignatureState.ValidAndTrusted;
  } catch {
    // Malformed: nobody signed that.
    return false;
  }
}

/** Makes a version for the key, signed by device and identity, and has the machine fill it from now on. */
export async function createBackup(machine: OlmMachine, ask: Ask, key: BackupDecryptionKey): Promise<void> {
  const { algorithm, publicKeyBase64 } = key.megolmV1PublicKey;
  const auth_data = { public_key: publicKeyBase64 };
  const signatures: unknown = JSON.parse((await machine.sign(JSON.stringify(auth_data))).asJSON());
  const body = { algorithm, auth_data: { ...auth_data, signatures } };
  const { version } = z
    .looseObject({ version: z.string().min(1) })
    .parse(await ask("POST", versionPath, undefined, body));
  await fill(machine, key, version);
}

/** Has the machine fill this version of its own key. Another one than before gets all keys anew. */
export async function fill(machine: OlmMachine, key: BackupDecryptionKey, version: string): Promise<void> {
  const before = (await machine.getBackupKeys()).backupVersion;
  if (before !== undefined && before !== version) await machine.disableBackup();
  await machine.saveBackupDecryptionKey(key, version);
  await machine.enableBackupV1(key.megolmV1PublicKey.publicKeyBase64, version);
}

const unpadded = (base64: string): string => base64.replace(/=+$/, "");
