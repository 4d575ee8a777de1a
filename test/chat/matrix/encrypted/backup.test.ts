/** The backup of room keys on a real Synapse: what goes in, what never does, and what comes back. */
import {
  BackupDecryptionKey,
  Curve25519PublicKey,
  EncryptionSettings,
  PkEncryption,
  RoomId,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import { MatrixError } from "matrix-bot-sdk";
import { describe, expect, test } from "vitest";
import type { MatrixEvent } from "../../../../lab/matrix-client.ts";
import { resumeBackup } from "../../../../src/chat/matrix/encryption/backup.ts";
import { createBackup, currentBackup, isSigned } from "../../../../src/chat/matrix/encryption/backup-version.ts";
import { decrypt } from "../../../../src/chat/matrix/encryption/decrypt.ts";
import { restore } from "../../../../src/chat/matrix/encryption/restore.ts";
import { testLog } from "../../../rig/logs.ts";
import { until } from "../rig.ts";
import {
  backedUp,
  count,
  device,
  enrolled,
  idOf,
  lab,
  makeIdentity,
  newAccount,
  read,
  say,
  synapse,
} from "./device.ts";

const quiet = (): void => undefined;

describe.skipIf(lab.missing)(lab.name("the backup on Synapse"), () => {
  test("a version that the homeserver swapped gets nothing, and it is told; our own one under a new number gets all", async () => {
    const { ours, key, log } = await enrolled();
    await say(ours, "un", "deux");
    const others = BackupDecryptionKey.createRandomKey();
    const { algorithm, publicKeyBase64 } = others.megolmV1PublicKey;
    const auth_data = { public_key: publicKeyBase64, signatures: { [ours.user]: { "ed25519:X": "AAAA" } } };
    await ours.ask("POST", "/_matrix/client/v3/room_keys/version", undefined, { algorithm, auth_data });
    const swapped = resumeBackup(ours.machine, ours.ask, testLog(log));
    await swapped.push();
    await swapped.push();
    expect(await count(ours)).toBe(0);
    expect(await ours.machine.isBackupEnabled()).toBe(false);
    expect(log.join("\n")).toContain("shows a backup of room keys that the bot did not make");
    expect(log.filter((line) => line.includes("did not make"))).toHaveLength(1);

    await createBackup(ours.machine, ours.ask, key);
    await resumeBackup(ours.machine, ours.ask, testLog(log)).push();
    expect(await count(ours)).toBe(2);
    // What is in one version is not in the next: all goes in once more.
    await createBackup(ours.machine, ours.ask, key);
    expect(await count(ours)).toBe(0);
    await resumeBackup(ours.machine, ours.ask, testLog(log)).push();
    expect(await count(ours)).toBe(2);
  });

  test("a version that replaced ours while we serve is seen when it refuses, and gets nothing", async () => {
    const { ours, backup, log } = await enrolled();
    await say(ours, "un");
    await backup.push();
    expect(await count(ours)).toBe(1);
    const { algorithm, publicKeyBase64 } = BackupDecryptionKey.createRandomKey().megolmV1PublicKey;
    await ours.ask("POST", "/_matrix/client/v3/room_keys/version", undefined, {
      algorithm,
      auth_data: { public_key: publicKeyBase64 },
    });
    await say(ours, "deux");
    await until(async () => {
      await backup.push();
      return log.join("\n").includes("did not make");
    });
    expect(log.join("\n")).toContain("could not be backed up");
    expect(await count(ours)).toBe(0);
    expect(await ours.machine.isBackupEnabled()).toBe(false);
  });

  test("a version for our own key that was made elsewhere while we serve gets all, after the one before refused", async () => {
    const { ours, key, backup } = await enrolled();
    await say(ours, "un");
    await backup.push();
    const { algorithm, publicKeyBase64: public_key } = key.megolmV1PublicKey;
    const body = { algorithm, auth_data: { public_key } };
    await ours.ask("POST", "/_matrix/client/v3/room_keys/version", undefined, body);
    await say(ours, "deux");
    await until(async () => {
      await backup.push();
      return (await count(ours)) === 2;
    });
    expect(await backedUp(ours)).toEqual({ backedUp: 2, total: 2 });
  });

  test("a version that our own identity signed and another key reads is told as that", async () => {
    const { ours, log, backup } = await enrolled();
    const other = BackupDecryptionKey.createRandomKey().megolmV1PublicKey;
    const auth_data = { public_key: other.publicKeyBase64 };
    const signatures = JSON.parse((await ours.machine.sign(JSON.stringify(auth_data))).asJSON());
    const body = { algorithm: other.algorithm, auth_data: { ...auth_data, signatures } };
    await ours.ask("POST", "/_matrix/client/v3/room_keys/version", undefined, body);
    const version = await currentBackup(ours.ask);
    if (version === undefined || version === "unknown") throw new Error("no backup");
    expect(await isSigned(ours.machine, version)).toBe(true);
    const { publicKeyBase64: public_key } = BackupDecryptionKey.createRandomKey().megolmV1PublicKey;
    for (const forged of [public_key, "AAAA"]) {
      const auth_data = { ...version.auth_data, public_key: forged };
      expect(await isSigned(ours.machine, { ...version, auth_data })).toBe(false);
    }
    await backup.push();
    expect(log.join("\n")).toContain("somebody who holds the bot's identity made a new backup");
    expect(await ours.machine.isBackupEnabled()).toBe(false);
  });

  test("a version that is gone, and a machine without a recovery key, are told; neither is taken up again", async () => {
    const { ours, log, backup } = await enrolled();
    const { version } = (await ours.ask("GET", "/_matrix/client/v3/room_keys/version")) as { version: string };
    await ours.ask("DELETE", `/_matrix/client/v3/room_keys/version/${version}`);
    await say(ours, "un");
    await backup.push();
    expect(log.join("\n")).toContain("has the backup of room keys no more");
    const later: string[] = [];
    await resumeBackup(ours.machine, ours.ask, testLog(later)).push();
    expect(later.join("\n")).toContain("has the backup of room keys no more");

    const without = await device((await newAccount()).account);
    await say(without, "un");
    const told: string[] = [];
    await resumeBackup(without.machine, without.ask, testLog(told)).push();
    expect(told.join("\n")).toContain("room keys are not backed up: no recovery key was made");
    expect(await currentBackup(without.ask)).toBeUndefined();
  });

  test("a homeserver that fails is asked again, later each time, and then gets each key", async () => {
    let failing = true;
    let asked = 0;
    const { ours, backup, log } = await enrolled((ask) => async (method, path, query, body) => {
      if (method === "PUT" && path.endsWith("/room_keys/keys")) {
        asked++;
        if (failing) throw new MatrixError({ errcode: "M_UNKNOWN", error: "broken" } as never, 500);
      }
      return await ask(method, path, query, body);
    });
    await say(ours, "un", "deux", "trois");
    await backup.push();
    await backup.push();
    await backup.push();
    expect(asked).toBe(1);
    expect(log.filter((line) => line.includes("it is tried again"))).toHaveLength(1);
    failing = false;
    await until(async () => {
      await backup.push();
      return (await count(ours)) === 3;
    });
    expect(await backedUp(ours)).toEqual({ backedUp: 3, total: 3 });
  });

  test("closed in the midst, it begins nothing more and says nothing", async () => {
    let asked = 0;
    const { ours, backup, log } = await enrolled((ask) => async (method, path, query, body) => {
      const answer = await ask(method, path, query, body);
      if (method === "PUT" && path.endsWith("/room_keys/keys") && ++asked === 1) {
        backup.close();
        throw new Error("the connection was cut");
      }
      return answer;
    });
    await say(ours, "un", "deux");
    await backup.push();
    await backup.push();
    expect(asked).toBe(1);
    expect(log).toEqual([]);
  });

  test("after a total loss 1,001 keys come back in steps; what was spoiled is counted, and costs no other", async () => {
    const { name, ours, key, backup } = await enrolled();
    const bodies = Array.from({ length: 3 }, (_, at) => `message ${at}`);
    const { room, events } = await say(ours, ...bodies);
    for (let at = 0; at < 998; at++) {
      await ours.machine.invalidateGroupSession(new RoomId(room));
      await ours.machine.shareRoomKey(new RoomId(room), [], new EncryptionSettings());
    }
    await until(async () => {
      await backup.push();
      return (await count(ours)) === 1001;
    });

    const fresh = await device(await synapse.login(name), (ask) => async (method, path, query, body) => {
      const answer = await ask(method, path, query, body);
      if (!path.endsWith("/room_keys/keys")) return answer;
      const { rooms } = answer as { rooms: Record<string, { sessions: Record<string, { session_data: object }> }> };
      const sessions = rooms[room]?.sessions ?? {};
      const [spoiled = "", absurd = ""] = Object.keys(sessions).filter(
        (id) => id !== idOf(events[0]) && id !== idOf(events[2]),
      );
      sessions[spoiled] = { session_data: { ...sessions[spoiled]?.session_data, mac: "AAAAAAAAAAA" } };
      sessions[absurd] = { session_data: [] };
      rooms["no room"] = { sessions: { x: sessions[idOf(events[0])] ?? { session_data: {} } } };
      return answer;
    });
    const version = await currentBackup(fresh.ask);
    if (version === undefined || version === "unknown") throw new Error("no backup");
    const steps: [number, number][] = [];
    const restored = await restore(fresh.machine, fresh.ask, key, version.version, (...step) => steps.push(step));
    expect(restored).toEqual({ found: 1002, imported: 999, unreadable: 3 });
    expect(steps).toEqual([250, 500, 750, 1000, 1002].map((done) => [done, 1002]));
    expect(await read(fresh, room, events[0] as MatrixEvent)).toBe("message 0");
    expect(await read(fresh, room, events[2] as MatrixEvent)).toBe("message 2");
  });

  test("a key that the homeserver slipped into the backup gives nobody's words: no identity, and nothing where devices must be signed", async () => {
    const { ours, key, account } = await enrolled();
    const zelie = await device(await synapse.register("zelie"));
    await makeIdentity(zelie);
    await ours.machine.updateTrackedUsers([new UserId(zelie.user)]);
    await ours.requests.flush();
    const mallory = await device(await synapse.register("mallory"));
    const { room, events } = await say(mallory, "@manchot stop web");
    const [exported] = JSON.parse(await mallory.machine.exportRoomKeys(() => true));
    const { ed25519, curve25519 } = zelie.machine.identityKeys;
    const forged = {
      ...exported,
      sender_key: curve25519.toBase64(),
      sender_claimed_keys: { ed25519: ed25519.toBase64() },
    };
    const publicKey = new Curve25519PublicKey(key.megolmV1PublicKey.publicKeyBase64);
    const sealed = PkEncryption.fromKey(publicKey).encryptString(JSON.stringify(forged)).toBase64();
    const { ciphertext, mac, ephemeralKey: ephemeral } = sealed;
    const session_data = { ciphertext, mac, ephemeral };
    const kept = { first_message_index: 0, forwarded_count: 0, is_verified: true, session_data };
    const version = await currentBackup(ours.ask);
    if (version === undefined || version === "unknown") throw new Error("no backup");
    const body = { rooms: { [room]: { sessions: { [forged.session_id]: kept } } } };
    await ours.ask("PUT", "/_matrix/client/v3/room_keys/keys", { version: version.version }, body);
    expect(await restore(ours.machine, ours.ask, key, version.version, quiet)).toMatchObject({ imported: 1 });

    const event = { ...(events[0] as MatrixEvent), sender: zelie.user };
    const learn = (): Promise<void> => ours.requests.queries();
    expect(event.sender).not.toBe(account.userId);
    expect(await decrypt(ours.machine, room, event, { signedOnly: false, learn })).toMatchObject({
      kind: "clear",
      content: { body: "@manchot stop web" },
      identity: undefined,
    });
    expect(await decrypt(ours.machine, room, event, { signedOnly: true, learn })).toMatchObject({ kind: "unsigned" });
  });
});
