/**
 * A device of an account without a bot: its machine in memory, and a real Synapse for all tests of the file that imports
 * this.
 */
import {
  BackupDecryptionKey,
  DecryptionSettings,
  DeviceId,
  EncryptionSettings,
  initAsync,
  OlmMachine,
  RoomId,
  TrustRequirement,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import { afterAll, afterEach, beforeAll } from "vitest";
import { createMatrixClient, type MatrixEvent } from "../../../../lab/matrix-client.ts";
import { labNeeds } from "../../../../lab/needs.ts";
import { type Account, type Synapse, startSynapse } from "../../../../lab/synapse.ts";
import { HardenedClient } from "../../../../src/chat/matrix/client.ts";
import { resumeBackup } from "../../../../src/chat/matrix/encryption/backup.ts";
import { createBackup } from "../../../../src/chat/matrix/encryption/backup-version.ts";
import { type Ask, createRequests, type Requests, send } from "../../../../src/chat/matrix/encryption/requests.ts";
import { type SecretName, secretNames } from "../../../../src/chat/matrix/encryption/secret-storage.ts";
import { keepSecret, testLog } from "../../../rig/logs.ts";

export const lab = await labNeeds("synapse");
export const untrusted = (): DecryptionSettings => new DecryptionSettings(TrustRequirement.Untrusted);
export let synapse: Synapse;
let number = 0;
export const ending: (() => void)[] = [];

beforeAll(async () => {
  if (lab.missing) return;
  await initAsync();
  synapse = await startSynapse();
});
afterEach(() => {
  for (const end of ending.splice(0)) end();
});
afterAll(async () => {
  if (!lab.missing) await synapse.stop();
});

export type Device = {
  readonly user: string;
  readonly machine: OlmMachine;
  readonly ask: Ask;
  readonly requests: Requests;
  readonly account: Account;
};

/** A device of ours, known to the homeserver. `broken`: refuses or swaps what is asked. */
export async function device(account: Account, broken?: (ask: Ask) => Ask): Promise<Device> {
  const client = new HardenedClient(synapse.url, account.accessToken, { longPollMs: 0, requestMs: 20_000 });
  const honest: Ask = (method, path, query, body) => client.doRequest(method, path, query, body);
  const ask = broken?.(honest) ?? honest;
  const machine = await OlmMachine.initialize(new UserId(account.userId), new DeviceId(account.deviceId));
  ending.push(
    () => machine.close(),
    () => client.close(),
  );
  const requests = createRequests(machine, ask);
  await machine.updateTrackedUsers([new UserId(account.userId)]);
  await requests.flush();
  return { user: account.userId, machine, ask, requests, account };
}

export async function makeIdentity({ machine, ask, requests }: Device): Promise<void> {
  const made = await machine.bootstrapCrossSigning(true);
  if (made.uploadKeysRequest) await send(machine, ask, made.uploadKeysRequest);
  const keys: unknown = JSON.parse(made.uploadSigningKeysRequest.body);
  await ask("POST", "/_matrix/client/v3/keys/device_signing/upload", undefined, keys);
  await send(machine, ask, made.uploadSignaturesRequest);
  await machine.markAllTrackedUsersAsDirty();
  await requests.queries();
}

export async function secretsOf({ machine }: Device, backup: BackupDecryptionKey): Promise<Record<SecretName, string>> {
  const seeds = await machine.exportCrossSigningKeys();
  return {
    [secretNames.master]: seeds?.masterKey ?? "",
    [secretNames.selfSigning]: seeds?.self_signing_key ?? "",
    [secretNames.userSigning]: seeds?.userSigningKey ?? "",
    [secretNames.backup]: backup.toBase64(),
  };
}

export async function newAccount(): Promise<{ name: string; account: Account }> {
  const name = `manchot${++number}`;
  return { name, account: await synapse.register(name) };
}

/** A message in a room of one's own, each in a session of its own. */
export async function say({ machine, ask, account }: Device, ...bodies: string[]) {
  const plain = createMatrixClient(synapse.url, account);
  const room = await plain.createRoom({ encrypted: true });
  const events: MatrixEvent[] = [];
  for (const body of bodies) {
    await machine.invalidateGroupSession(new RoomId(room));
    const users = [new UserId(account.userId)];
    for (const request of await machine.shareRoomKey(new RoomId(room), users, new EncryptionSettings()))
      await send(machine, ask, request);
    const content = JSON.stringify({ msgtype: "m.text", body });
    const encrypted = JSON.parse(await machine.encryptRoomEvent(new RoomId(room), "m.room.message", content));
    const id = await plain.send(room, "m.room.encrypted", encrypted);
    events.push(await plain.waitFor(room, (event) => event.event_id === id));
  }
  return { room, events };
}
export const read = async ({ machine }: Device, room: string, event: MatrixEvent): Promise<string> =>
  JSON.parse((await machine.decryptRoomEvent(JSON.stringify(event), new RoomId(room), untrusted())).event).content.body;

export const backedUp = async ({ machine }: Device) => {
  const { backedUp, total } = await machine.roomKeyCounts();
  return { backedUp, total };
};

/** A device with identity and backup. */
export async function enrolled(broken?: (ask: Ask) => Ask) {
  const { name, account } = await newAccount();
  const ours = await device(account, broken);
  await makeIdentity(ours);
  const key = BackupDecryptionKey.createRandomKey();
  keepSecret(key.toBase64());
  await createBackup(ours.machine, ours.ask, key);
  const log: string[] = [];
  return { name, account, ours, key, log, backup: resumeBackup(ours.machine, ours.ask, testLog(log)) };
}
export const count = async ({ ask }: Device): Promise<number> =>
  ((await ask("GET", "/_matrix/client/v3/room_keys/version")) as { count: number }).count;

export const idOf = (event: MatrixEvent | undefined): string => String(event?.content.session_id);
