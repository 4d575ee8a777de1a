/** Secret storage and backup on a real Synapse, with matrix-js-sdk as the other client of the account: it reads what we wrote, and wrote what we read. */
import { BackupDecryptionKey, DeviceId, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { ClientEvent, createClient, type MatrixClient, SyncState } from "matrix-js-sdk";
import { describe, expect, test } from "vitest";
// It keeps matrix-js-sdk from writing to the console.
import "../../../../lab/encrypted-peer.ts";
import { createMatrixClient } from "../../../../lab/matrix-client.ts";
import type { Account } from "../../../../lab/synapse.ts";
import { resumeBackup } from "../../../../src/chat/matrix/encryption/backup.ts";
import { createBackup, currentBackup, isFor } from "../../../../src/chat/matrix/encryption/backup-version.ts";
import { newRecoveryKey, parseRecoveryKey } from "../../../../src/chat/matrix/encryption/recovery-key.ts";
import { send } from "../../../../src/chat/matrix/encryption/requests.ts";
import { restore } from "../../../../src/chat/matrix/encryption/restore.ts";
import {
  findSealed,
  findSecretStorage,
  isKeyOf,
  makeSecretStorage,
  type SecretName,
  secretNames,
  unseal,
} from "../../../../src/chat/matrix/encryption/secret-storage.ts";
import { testLog } from "../../../rig/logs.ts";
import { until } from "../rig.ts";
import { backedUp, device, ending, lab, makeIdentity, newAccount, read, say, secretsOf, synapse } from "./device.ts";

const quiet = (): void => undefined;
const silent = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, getChild: () => silent };

/** matrix-js-sdk as a device of the same account. It has the recovery key where it wants one. */
async function otherClient(account: Account, key?: Uint8Array<ArrayBuffer>): Promise<MatrixClient> {
  const { userId, deviceId, accessToken } = account;
  let known = key;
  const client = createClient({
    ...{ baseUrl: synapse.url, userId, deviceId, accessToken, logger: silent },
    cryptoCallbacks: {
      getSecretStorageKey: async ({ keys }) => [Object.keys(keys)[0] ?? "", known ?? new Uint8Array()],
      cacheSecretStorageKey: (_id, _info, made) => {
        known = made;
      },
    },
  });
  await client.initRustCrypto({ useIndexedDB: false });
  const ready = new Promise<void>((resolve) => {
    client.on(ClientEvent.Sync, (state) => state === SyncState.Prepared && resolve());
  });
  await client.startClient({ initialSyncLimit: 20 });
  await ready;
  ending.push(() => client.stopClient());
  return client;
}
const cryptoOf = (client: MatrixClient) => {
  const crypto = client.getCrypto();
  if (crypto === undefined) throw new Error("no cryptography");
  return crypto;
};

describe.skipIf(lab.missing)(lab.name("recovery on Synapse"), () => {
  test("matrix-js-sdk opens our storage with our recovery key: identity, backup and old messages are its own", async () => {
    const { name, account } = await newAccount();
    const ours = await device(account);
    await makeIdentity(ours);
    const key = newRecoveryKey();
    const backup = BackupDecryptionKey.createRandomKey();
    await makeSecretStorage(ours.ask, ours.user, key, await secretsOf(ours, backup));
    await createBackup(ours.machine, ours.ask, backup);
    const { room, events } = await say(ours, "un", "deux", "trois");
    await resumeBackup(ours.machine, ours.ask, testLog()).push();
    expect(await backedUp(ours)).toEqual({ backedUp: 3, total: 3 });

    const again = await synapse.login(name);
    const theirs = await otherClient(again, new Uint8Array(key));
    const crypto = cryptoOf(theirs);
    expect(await crypto.isSecretStorageReady()).toBe(true);
    for (const [secret, value] of Object.entries(await secretsOf(ours, backup)))
      expect(await theirs.secretStorage.get(secret as SecretName)).toBe(value);
    expect(await crypto.userHasCrossSigningKeys(again.userId, true)).toBe(true);
    await crypto.bootstrapCrossSigning({});
    expect(await crypto.isCrossSigningReady()).toBe(true);
    await until(async () => {
      await crypto.userHasCrossSigningKeys(again.userId, true);
      return (await crypto.getDeviceVerificationStatus(again.userId, again.deviceId))?.signedByOwner === true;
    });
    await crypto.loadSessionBackupPrivateKeyFromSecretStorage();
    expect(await crypto.restoreKeyBackup()).toMatchObject({ total: 3, imported: 3 });
    for (const [at, event] of events.entries()) {
      const known = theirs.getEventMapper()({ ...event, room_id: room });
      await theirs.decryptEventIfNeeded(known);
      expect(known.getContent().body).toBe(["un", "deux", "trois"][at]);
    }
  });

  test("we open the storage that matrix-js-sdk made, sign ourselves with it, and read what it said", async () => {
    const { name, account } = await newAccount();
    const theirs = await otherClient(account);
    const crypto = cryptoOf(theirs);
    await crypto.bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => upload(null).then(quiet) });
    const made = await crypto.createRecoveryKeyFromPassphrase();
    await crypto.bootstrapSecretStorage({ createSecretStorageKey: async () => made, setupNewKeyBackup: true });
    const plain = createMatrixClient(synapse.url, account);
    const room = await plain.createRoom({ encrypted: true });
    await until(async () => await crypto.isEncryptionEnabledInRoom(room));
    const { event_id } = await theirs.sendTextMessage(room, "kept by the other client");
    const event = await plain.waitFor(room, (one) => one.event_id === event_id);
    await until(async () => (await plain.call<{ count: number }>("GET", "/room_keys/version")).count === 1, 40_000);

    const ours = await device(await synapse.login(name));
    const typed = parseRecoveryKey(made.encodedPrivateKey ?? "");
    const storage = await findSecretStorage(ours.ask, ours.user);
    if (!typed.ok || storage === undefined) throw new Error("the storage is not found");
    expect(isKeyOf(typed.key, storage.description)).toBe(true);
    const secret = async (name: SecretName): Promise<string> => {
      const sealed = await findSealed(ours.ask, ours.user, storage, name);
      return (sealed && unseal(typed.key, name, sealed)) ?? "";
    };
    const { master, selfSigning, userSigning, backup } = secretNames;
    await ours.machine.importCrossSigningKeys(
      await secret(master),
      await secret(selfSigning),
      await secret(userSigning),
    );
    const self = await ours.machine.getDevice(new UserId(ours.user), new DeviceId(ours.account.deviceId));
    const signature = await self?.verify();
    if (signature === undefined) throw new Error("the device is not known");
    await send(ours.machine, ours.ask, signature);
    await until(
      async () => (await crypto.getDeviceVerificationStatus(ours.user, ours.account.deviceId))?.signedByOwner === true,
    );

    const version = await currentBackup(ours.ask);
    const opening = BackupDecryptionKey.fromBase64(await secret(backup));
    if (version === undefined || version === "unknown") throw new Error("no backup");
    expect(isFor(version, opening)).toBe(true);
    const counted: number[] = [];
    const restored = await restore(ours.machine, ours.ask, opening, version.version, (done) => counted.push(done));
    expect(restored).toEqual({ found: 1, imported: 1, unreadable: 0 });
    expect(counted).toEqual([1]);
    expect(await read(ours, room, event)).toBe("kept by the other client");
  });
});
