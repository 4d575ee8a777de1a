/** Whose identity the new device gets: the one that was, a new one that people see, never one that somebody put in its place. */
import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startPeer } from "../../../lab/encrypted-peer.ts";
import { askAsOwner } from "../../../src/chat/matrix/user-interactive.ts";
import {
  at,
  enrol,
  inMachine,
  keyOf,
  lab,
  newHome,
  passwordOf,
  proxy,
  refused,
  serve,
  strictPeer,
  synapse,
  withFile,
} from "./rig.ts";

describe.skipIf(lab.missing)(lab.name("the identity, when the bot is enrolled again"), () => {
  test("a lost recovery key: only --new-identity goes on, and people see that it is another", async () => {
    const home = await newHome();
    expect((await enrol(home)).code).toBe(0);
    const before = await at(home);
    const zelie = await strictPeer();
    expect(await zelie.identityOf(home.user)).toEqual({ masterKey: before.identity, changed: false });
    rmSync(home.key);
    const { code, text } = await enrol(home, [...withFile(home), "--new-identity"]);
    expect(code, text).toBe(0);
    expect(text).toContain("has a NEW identity, which has signed this device. People must trust it anew");
    const now = await at(home);
    expect(now.signed).toBe(true);
    expect(now.identity).not.toBe(before.identity);
    expect(await zelie.identityOf(home.user)).toEqual({ masterKey: now.identity, changed: true });
    // The new key opens the new storage.
    const again = await enrol(home, [], [passwordOf(home), keyOf(home)]);
    expect(again.code, again.text).toBe(0);
    expect((await at(home)).identity).toBe(now.identity);
  });

  test("an identity that somebody else put in place, and a backup that was swapped, are not taken for the bot's", async () => {
    const home = await newHome();
    expect((await enrol(home)).code).toBe(0);
    const mine = await at(home);
    const others = {
      algorithm: "m.megolm_backup.v1.curve25519-aes-sha2",
      auth_data: { public_key: "hSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo" },
    };
    await mine.ask("POST", "/_matrix/client/v3/room_keys/version", undefined, others);
    const swapped = await enrol(home);
    expect(swapped.code, swapped.text).toBe(1);
    expect(swapped.text).toContain("backup is not the one that the recovery key opens: it is not used");
    const version = (await (await at(home)).ask("GET", "/_matrix/client/v3/room_keys/version")) as {
      auth_data: { public_key: string };
    };
    expect(version.auth_data.public_key).not.toBe(others.auth_data.public_key);
    const same = await enrol(home);
    expect(same.text).toContain("The backup of room keys is taken up");

    // Whoever has the password can do that; the homeserver can without.
    await inMachine(home, async (machine, ask) => {
      const { uploadSigningKeysRequest } = await machine.bootstrapCrossSigning(true);
      const keys = JSON.parse(uploadSigningKeysRequest.body);
      const path = "/_matrix/client/v3/keys/device_signing/upload";
      await askAsOwner(ask, "POST", path, keys, { user: home.user, password: passwordOf(home) });
    });
    expect((await at(home)).identity).not.toBe(mine.identity);
    const { code, text } = await enrol(home);
    expect(code).toBe(1);
    expect(text).toContain("holds another identity than the one that the homeserver shows");
  });

  test("an identity that the bot made at its first start is kept when it is enrolled later", async () => {
    const home = await newHome();
    const account = await synapse.login(home.name, passwordOf(home));
    writeFileSync(home.token, account.accessToken, { mode: 0o600 });
    const zelie = await strictPeer();
    const bot = await serve(home, zelie.userId);
    await bot.adapter.stop();
    const before = await at(home);
    expect(before.signed).toBe(true);
    const { code, text } = await enrol(home);
    expect(code, text).toBe(0);
    expect(text).toContain("the bot's older store holds it: it is kept");
    const now = await at(home);
    expect(now).toMatchObject({ identity: before.identity, signed: true });
    expect(now.device).not.toBe(before.device);
    expect((await enrol(home, [], [passwordOf(home), keyOf(home)])).code).toBe(0);

    // Where the store was lost, too, there is no way but a new one.
    const without = await newHome();
    const peer = await startPeer(synapse.url, await synapse.login(without.name, passwordOf(without)));
    await peer.stop();
    expect(await refused(without, enrol(without))).toContain(
      "has an identity, and no recovery key that could bring it onto a new device",
    );
  });

  test("a homeserver that wants more than the password for a new identity is told; nothing is left", async () => {
    const home = await newHome();
    expect((await enrol(home)).code).toBe(0);
    const before = await at(home);
    const wanted = {
      session: "s1",
      flows: [{ stages: ["m.login.sso"] }, { stages: ["m.login.password", "m.login.terms"] }],
    };
    proxy.fault = (_method, path) =>
      path.endsWith("/device_signing/upload") ? { status: 401, body: JSON.stringify(wanted) } : "pass";
    const { code, text } = await enrol(home, [...withFile(home), "--new-identity"], undefined, proxy.url);
    expect(code).toBe(1);
    expect(text).toContain(
      "wants more than the password for that (m.login.sso, or m.login.password and m.login.terms)",
    );
    expect(await at(home)).toMatchObject({ device: before.device, devices: before.devices, identity: before.identity });
    // The storage with the identity that is still in force is the one in use, as before.
    proxy.fault = () => "pass";
    const again = await enrol(home);
    expect(again.code, again.text).toBe(0);
    expect(again.text).toContain("The backup of room keys is taken up");
    expect(await at(home)).toMatchObject({ identity: before.identity, signed: true });
  });

  test("keys that do not come out of the backup are told, and hold nothing else up", async () => {
    const home = await newHome();
    expect((await enrol(home)).code).toBe(0);
    const before = await at(home);
    proxy.fault = (method, path) =>
      method === "GET" && path.includes("/room_keys/keys") ? { status: 500, body: '{"errcode":"M_UNKNOWN"}' } : "pass";
    const { code, text } = await enrol(home, withFile(home), undefined, proxy.url);
    expect(code).toBe(1);
    expect(text).toContain("✘ The backup goes on, and the keys that are in it did not come:");
    expect(text).toContain("MANCHOT_MATRIX_TOKEN_FILE=");
    const now = await at(home);
    expect(now).toMatchObject({ identity: before.identity, signed: true });
    expect(now.device).not.toBe(before.device);
    await inMachine(home, async (machine) => expect(await machine.isBackupEnabled()).toBe(true));
  });
});
