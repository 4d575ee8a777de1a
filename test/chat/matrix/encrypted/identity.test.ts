/** Whose identity stands behind a message, where the homeserver shows another for a while: it runs in a VM of that very host. */
import { beforeEach, describe, expect, test } from "vitest";
import type { EncryptedPeer } from "../../../../lab/encrypted-peer.ts";
import type { Rig } from "../rig.ts";
import { until } from "../rig.ts";
import { command, type EncryptedBot, roomWith } from "./bot.ts";
import { forgeIdentity } from "./forged-identity.ts";
import { cast, lab, makeBot, proxy } from "./stage.ts";

const kinds = ["master_keys", "self_signing_keys", "user_signing_keys"] as const;
type Shown = Partial<Record<(typeof kinds)[number], Record<string, unknown>>>;

describe.skipIf(lab.missing)(lab.name("identities that a homeserver exchanges"), () => {
  let zelie: EncryptedPeer;
  let bot: EncryptedBot;
  let rig: Rig;

  beforeEach(async () => {
    zelie = await cast.person("zelie");
    bot = await makeBot(zelie.userId);
    rig = await bot.run({ timing: { longPollMs: 500, requestMs: 5000, startMs: 20_000 } });
  });

  /** The identity that the homeserver shows of somebody now. */
  const shown = (user: string): Promise<Shown> =>
    zelie.plain.call<Shown>("POST", "/keys/query", { device_keys: { [user]: [] } });

  function masterOf(identity: Shown, user: string): string | undefined {
    const master = identity.master_keys?.[user] as { readonly keys: Readonly<Record<string, string>> } | undefined;
    return Object.values(master?.keys ?? {})[0];
  }

  /** From now on the bot is shown this one; and is told that something changed, so that it looks. */
  async function show(user: string, identity: Shown): Promise<void> {
    let told = false;
    let looked = false;
    proxy.rewrite = (_method, path, answer) => {
      if (path.includes("/keys/query")) {
        looked ||= told;
        const here = answer as Shown;
        const swapped = kinds.map((kind) => [kind, { ...here[kind], [user]: identity[kind]?.[user] }]);
        return { ...here, ...Object.fromEntries(swapped) };
      }
      if (!path.includes("/sync") || told) return answer;
      told = true;
      return { ...(answer as object), device_lists: { changed: [user], left: [] } };
    };
    await until(() => looked);
  }

  test("a device that an exchanged identity signed never speaks with the true one, whichever is shown when", async () => {
    const room = await roomWith(bot, zelie);
    const truly = await zelie.masterKey();
    expect(truly).toMatch(/^[A-Za-z0-9+/]{43}$/);
    const before = await shown(zelie.userId);
    expect((await command(zelie, room, bot, rig, "one")).venue.identity).toBe(truly);

    // Whoever runs the homeserver logs in as her, makes an identity, and signs their device with it.
    const intruder = await cast.device(zelie);
    await intruder.resetIdentity();
    const after = await shown(zelie.userId);
    const theirs = masterOf(after, zelie.userId);
    expect(theirs).not.toBe(truly);
    expect((await command(intruder, room, bot, rig, "two")).venue.identity).toBe(theirs);

    // Then the true one is shown again, to which her pin fits.
    await show(zelie.userId, before);
    const third = await command(intruder, room, bot, rig, "three");
    expect(third.venue).toMatchObject({ encrypted: true });
    expect(third.venue.identity).toBeUndefined();
    expect((await command(zelie, room, bot, rig, "four")).venue.identity).toBe(truly);

    // And once more the other way round: hers is not taken for theirs either.
    await show(zelie.userId, after);
    expect((await command(zelie, room, bot, rig, "five")).venue.identity).toBeUndefined();
    expect((await command(intruder, room, bot, rig, "six")).venue.identity).toBe(theirs);
  });

  test("a master key that lists the true one beside another is not the true one: who signs is who speaks", async () => {
    const room = await roomWith(bot, zelie);
    const truly = (await zelie.masterKey()) ?? "";
    expect((await command(zelie, room, bot, rig, "one")).venue.identity).toBe(truly);
    const intruder = await cast.device(zelie);
    const devices = await zelie.plain.call<{ device_keys: Record<string, Record<string, Record<string, unknown>>> }>(
      "POST",
      "/keys/query",
      { device_keys: { [zelie.userId]: [] } },
    );
    const theirs = devices.device_keys[zelie.userId]?.[intruder.deviceId] ?? {};
    const { device, identity, ...forged } = forgeIdentity(zelie.userId, theirs, truly);
    let isTold = false;
    proxy.rewrite = (_method, path, answer) => {
      const here = answer as { device_keys?: Record<string, Record<string, unknown>> };
      if (path.includes("/keys/query") && here.device_keys?.[zelie.userId] !== undefined) {
        const mine = { ...here.device_keys[zelie.userId], [intruder.deviceId]: device };
        return { ...here, ...forged, device_keys: { ...here.device_keys, [zelie.userId]: mine } };
      }
      if (!path.includes("/sync") || isTold) return answer;
      isTold = true;
      return { ...here, device_lists: { changed: [zelie.userId], left: [] } };
    };
    await until(() => isTold);
    const second = await command(intruder, room, bot, rig, "two");
    expect(second.venue.encrypted).toBe(true);
    expect([undefined, identity]).toContain(second.venue.identity);
  });

  test("a session that came from an unsigned device speaks with an identity once that has signed it", async () => {
    const room = await roomWith(bot, zelie);
    const phone = await cast.device(zelie);
    expect((await command(phone, room, bot, rig, "one")).venue.identity).toBeUndefined();
    await zelie.vouchFor(phone.deviceId);
    const truly = await zelie.masterKey();
    await until(async () => (await command(phone, room, bot, rig, "two")).venue.identity === truly);
  });
});
