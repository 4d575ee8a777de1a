/** `manchot enrol matrix`, as people run it. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DecryptionSettings, type OlmMachine, RoomId, TrustRequirement } from "@matrix-org/matrix-sdk-crypto-wasm";
import { describe, expect, test } from "vitest";
import type { MatrixEvent } from "../../../lab/matrix-client.ts";
import { parseRecoveryKey, printRecoveryKey } from "../../../src/chat/matrix/encryption/recovery-key.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { printProblems } from "../../../src/config/problem.ts";
import { answerTo, until } from "../../chat/matrix/rig.ts";
import { missing, openScreen } from "../../chat/terminal/tmux.ts";
import { keepSecret } from "../../rig/logs.ts";
import {
  argvFor,
  at,
  ending,
  enrol,
  expectNoSecret,
  folders,
  inMachine,
  keyOf,
  lab,
  newHome,
  passwordOf,
  serve,
  strictPeer,
  synapse,
  tokenOf,
  withFile,
} from "./rig.ts";

const read = async (machine: OlmMachine, room: string, event: MatrixEvent): Promise<string> => {
  const settings = new DecryptionSettings(TrustRequirement.Untrusted);
  const { event: clear } = await machine.decryptRoomEvent(JSON.stringify(event), new RoomId(room), settings);
  return JSON.parse(clear).content.body;
};

describe.skipIf(lab.missing)(lab.name("enrol matrix"), () => {
  test("the first time: a device that its identity has signed, a recovery key, and a configuration to paste", async () => {
    const home = await newHome();
    const zelie = await strictPeer();
    const { code, text } = await enrol(home, [...withFile(home), "--person", zelie.userId]);
    expect(code, text).toBe(0);
    for (const file of [home.token, home.key, home.store]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(parseRecoveryKey(keyOf(home)).ok).toBe(true);
    expect(readdirSync(home.state)).toEqual(["matrix-encryption.sqlite"]);
    const now = await at(home);
    // With the one that the account was made with.
    expect(now).toMatchObject({ user: home.user, signed: true });
    expect(now.devices).toHaveLength(2);
    expectNoSecret(home, text);

    // Pasted into the example, it loads, with the token that was made.
    const block = /^matrix:\n(?: .*\n)+/m;
    const pasted = block.exec(`${text}\n`)?.[0] ?? "";
    const example = readFileSync("manchot.example.yaml", "utf8");
    const configuration = join(folders, `${home.name}.yaml`);
    writeFileSync(configuration, example.replace(block, pasted));
    const variable = /^(MANCHOT_MATRIX_TOKEN_FILE)=(.*)$/m.exec(text);
    const loaded = loadConfig(configuration, {
      MANCHOT_FEDIVERSE_TOKEN: "fediverse-token-123",
      [variable?.[1] ?? ""]: variable?.[2] ?? "",
    });
    if (!loaded.ok) throw new Error(printProblems(loaded.problems));
    expect(loaded.config.matrix).toMatchObject({
      ...{ homeserver: synapse.url, user: home.user, trust: "cross-signed", inviters: [zelie.userId] },
    });
    expect(text).toContain(`matrix: ["${zelie.userId} ed25519:${await zelie.masterKey()}"]`);
  });

  test("people who cannot be looked up end nothing: the rest is made, and said of them", async () => {
    const home = await newHome();
    const zelie = await strictPeer();
    const [nobody, away] = [zelie.userId.replace("@", "@no-"), "@zelie:ailleurs.example"];
    const persons = [nobody, away, zelie.userId].flatMap((person) => ["--person", person]);
    const { code, text } = await enrol(home, [...withFile(home), ...persons]);
    expect(code, text).toBe(1);
    expect(text).toContain(`✘ ${nobody} is not known at the homeserver\n`);
    expect(text).toContain(away);
    expect(text).not.toMatch(new RegExp(`inviters: .*${nobody}`));
    expect(text).toContain(`MANCHOT_MATRIX_TOKEN_FILE=${home.token}`);
    expect(text).toContain(`matrix: ["${zelie.userId} ed25519:${await zelie.masterKey()}"]`);
    expect(await at(home)).toMatchObject({ user: home.user, signed: true });
  });

  test("after a total loss, the recovery key brings back the identity and what was said before", async () => {
    const home = await newHome();
    expect((await enrol(home)).code).toBe(0);
    const first = await at(home);
    const zelie = await strictPeer();
    const room = await zelie.createRoom({ invite: [home.user] });
    const bot = await serve(home, zelie.userId);
    await until(async () => (await zelie.members(room)).includes(home.user));
    const said = await zelie.say(room, `${home.user} help`);
    await until(() => bot.inbox.length === 1);
    expect(bot.inbox[0]?.venue.encrypted).toBe(true);
    await bot.adapter.send(answerTo(bot.inbox[0] as never, "voilà"));
    await zelie.waitFor(room, (event) => event.sender === home.user && JSON.stringify(event).includes("voilà"));
    expect(await zelie.identityOf(home.user)).toEqual({ masterKey: first.identity, changed: false });
    // While it serves, what it can read goes into the backup by itself: her session, and its own.
    const backup = async () => (await first.ask("GET", "/_matrix/client/v3/room_keys/version")) as { count: number };
    await until(async () => (await backup()).count === 2);
    await bot.adapter.stop();

    rmSync(home.store);
    const { code, text } = await enrol(home, [], [passwordOf(home), keyOf(home)]);
    expect(code, text).toBe(0);
    expect(text).toContain("has signed this device: for others it is the bot as before");
    expect(text).toMatch(/The backup of room keys is taken up: ([1-9]\d*) of \1 keys are here again/);
    expect(text).toContain(`  ${first.device} “Manchot”`);
    expectNoSecret(home, text);
    const second = await at(home);
    expect(second).toMatchObject({ identity: first.identity, signed: true });
    expect(second.device).not.toBe(first.device);

    const again = await serve(home, zelie.userId);
    await zelie.say(room, `${home.user} whoami`);
    await until(() => again.inbox.length === 1);
    await again.adapter.send(answerTo(again.inbox[0] as never, "de retour"));
    const answer = await zelie.waitFor(room, (event) => JSON.stringify(event).includes("de retour"));
    expect(answer.sender).toBe(home.user);
    expect(await zelie.identityOf(home.user)).toEqual({ masterKey: first.identity, changed: false });
    await again.adapter.stop();
    const old = (await zelie.plain.events(room)).find((event) => event.event_id === said) as MatrixEvent;
    expect(await inMachine(home, (machine) => read(machine, room, old))).toBe(`${home.user} help`);
  });

  test("a recovery key that is not the one: told, three times at most; nothing changes", async () => {
    const home = await newHome();
    expect((await enrol(home)).code).toBe(0);
    const before = await at(home);
    const store = readFileSync(home.store);
    const token = tokenOf(home);
    const wrong = printRecoveryKey(Buffer.alloc(32, 9));
    const typo = keyOf(home).replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    const { code, text } = await enrol(home, [], [passwordOf(home), wrong, typo, `${keyOf(home)}4`]);
    expect(code, text).toBe(1);
    expect(text).toContain("✘ The recovery key is not the one of this account. Once more:");
    expect(text).toMatch(
      /✘ The recovery key (has a typing error somewhere|is not the one of this account)\. Once more:/,
    );
    expect(text).toContain("manchot enrol: the recovery key has 49 letters and digits, and needs 48\n  Run it again.");
    expect(text).not.toContain(wrong);
    expectNoSecret(home, text);
    const other = join(folders, `${home.name}-other-key`);
    writeFileSync(other, wrong, { mode: 0o600 });
    const fromFile = await enrol(home, ["--recovery-key-file", other]);
    expect(fromFile.text).toContain(`the recovery key in ${other} is not the one of ${home.user}`);
    expect(await at(home)).toMatchObject({ identity: before.identity, device: before.device, devices: before.devices });
    expect(readFileSync(home.store).equals(store)).toBe(true);
    expect(tokenOf(home)).toBe(token);
    expect(readdirSync(home.state)).toEqual(["matrix-encryption.sqlite"]);

    // The right one, at the third try; and what was there is set aside.
    const right = await enrol(home, ["--forget-devices"], [passwordOf(home), wrong, "", keyOf(home)]);
    expect(right.code, right.text).toBe(1);
    const third = await enrol(home, ["--forget-devices"], [passwordOf(home), wrong, "x", keyOf(home)]);
    expect(third.code, third.text).toBe(0);
    expect(third.text).toContain("✔ They are logged out.");
    const now = await at(home);
    expect(now).toMatchObject({ identity: before.identity, signed: true, devices: [now.device] });
    const [kept, aside = ""] = readdirSync(home.state).sort();
    expect([kept, aside]).toEqual([
      "matrix-encryption.sqlite",
      expect.stringMatching(/^matrix-encryption\.sqlite\.until-\d{8}T\d{6}Z$/),
    ]);
    expect(readFileSync(join(home.state, aside)).equals(store)).toBe(true);
  });

  test("where a bot runs with the store, nothing is made; one that cannot be opened is set aside", async () => {
    const home = await newHome();
    expect((await enrol(home)).code).toBe(0);
    const before = await at(home);
    await inMachine(home, async () => {
      const { code, text } = await enrol(home);
      expect(code).toBe(1);
      expect(text).toContain("A bot serves with it: stop it");
    });
    expect((await at(home)).devices).toEqual(before.devices);
    writeFileSync(home.store, "");
    writeFileSync(`${home.store}-wal`, "the log of an older store");
    const { code, text } = await enrol(home);
    expect(code, text).toBe(0);
    expect(await at(home)).toMatchObject({ identity: before.identity, signed: true });
    const aside = readdirSync(home.state).filter((name) => name !== "matrix-encryption.sqlite");
    expect(aside.sort()).toEqual([expect.stringMatching(/Z$/), expect.stringMatching(/Z-wal$/)]);
    expect(await inMachine(home, (machine) => machine.isBackupEnabled())).toBe(true);
  });

  test.skipIf(missing !== undefined)(
    `at a terminal the recovery key is shown once, there alone${missing === undefined ? "" : ` (${missing})`}`,
    async () => {
      const home = await newHome();
      const log = join(folders, `${home.name}.log`);
      const argv = argvFor(home, synapse.url, []);
      const screen = openScreen(["bash", "-c", `exec ${argv.join(" ")} >${log} 2>&1`], { columns: 140 });
      ending.push(() => screen.close());
      await until(() => existsSync(log) && readFileSync(log, "utf8").includes("Password of"));
      screen.type(passwordOf(home));
      screen.press("Enter");
      const shown = await screen.shows(/Es[A-Za-z1-9]{2}( [A-Za-z1-9]{4}){11}/);
      expect(shown).toContain(`The recovery key of ${home.user}:`);
      expect(shown).not.toContain(passwordOf(home));
      await expect.poll(() => screen.alive(), { timeout: 20_000 }).toBe(false);
      const key = /Es[A-Za-z1-9]{2}( [A-Za-z1-9]{4}){11}/.exec(shown)?.[0] ?? "";
      expect(readFileSync(log, "utf8")).toContain("The recovery key goes to the terminal, once.");
      expect(readFileSync(log, "utf8")).not.toContain(key.slice(0, 14));
      const { code, text } = await enrol(home, [], [passwordOf(home), keepSecret(key)]);
      expect(code, text).toBe(0);
    },
  );
});
