/** SIGKILL under load: every command in an encrypted room is answered once, readably, by the same device, whenever it was killed. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startPeer } from "../../../../lab/encrypted-peer.ts";
import { labNeeds } from "../../../../lab/needs.ts";
import { type Synapse, startSynapse } from "../../../../lab/synapse.ts";
import { keepSecret } from "../../../rig/logs.ts";
import { type Program, startProgram } from "../../../rig/process.ts";
import { until } from "../rig.ts";
import { createCast } from "./bot.ts";

const lab = await labNeeds("synapse");
const kills = 30;
/** Asked in turn: short answers, and one that takes a while and asks the hypervisor. */
const commands = ["whoami", "help", "vm list"];

describe.skipIf(lab.missing)(lab.name("a bot with encryption that is killed"), () => {
  let synapse: Synapse;
  let folder: string;
  let program: Program | undefined;
  const cast = createCast(() => synapse, startPeer);

  beforeAll(async () => {
    synapse = await startSynapse();
    folder = mkdtempSync(join(tmpdir(), "manchot-kills-"));
    mkdirSync(join(folder, "hypervisor"));
  });
  afterAll(async () => {
    await program?.kill();
    await cast.leave();
    await synapse?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test(`${kills} times, at moments of chance: nothing is lost, doubled, or unreadable`, async () => {
    const zelie = await cast.person("zelie", { strict: true });
    const bot = await synapse.register("manchot");
    const env = {
      HOMESERVER: synapse.url,
      TOKEN: keepSecret(bot.accessToken),
      FOLDER: folder,
      PERSON: zelie.userId,
    };
    const start = (): Program =>
      startProgram([process.execPath, fileURLToPath(new URL("./bot-process.ts", import.meta.url))], env);
    program = start();
    await program.line(/^started$/);
    const room = await zelie.createRoom({ invite: [bot.userId] });
    await until(async () => (await zelie.members(room)).includes(bot.userId), 30_000);
    const published = async (): Promise<unknown> =>
      await zelie.plain
        .call<Record<string, unknown>>("POST", "/keys/query", { device_keys: { [bot.userId]: [] } })
        .then(({ device_keys, master_keys, self_signing_keys }) => ({ device_keys, master_keys, self_signing_keys }));

    const asked: string[] = [];
    const ask = async (): Promise<void> => {
      const words = commands[asked.length % commands.length] ?? "";
      asked.push(await zelie.say(room, `@manchot ${words}`));
      // Now and then with a key that is new, so that what is killed may be on its way to take it.
      if (asked.length % 7 === 0) await zelie.rotate(room);
    };
    const due = async (): Promise<number> => {
      const answered = new Set((await zelie.said(room, bot.userId)).map(({ thread }) => thread));
      return asked.filter((event) => !answered.has(event)).length;
    };
    await ask();
    await until(async () => (await due()) === 0, 60_000);
    const keys = await published();

    let killing = true;
    const load = (async () => {
      while (killing) {
        await ask();
        await sleep(300);
      }
    })();
    let amidst = 0;
    for (let n = 0; n < kills; n++) {
      // From before its first sync is over to the midst of answering.
      await sleep(200 + Math.random() * 2300);
      if ((await due()) > 0) amidst++;
      await program.kill();
      program = start();
      // Half of the time it is killed again before it listens.
      if (n % 2 === 0) await program.line(/^started$/);
    }
    killing = false;
    await load;
    await program.line(/^started$/);

    await expect.poll(due, { timeout: 180_000, interval: 1000 }).toBe(0);
    expect(amidst).toBeGreaterThan(kills / 2);
    // What is doubled might come later than what is due.
    await sleep(3000);
    const said = await zelie.said(room, bot.userId);
    const finals = said.filter(({ content }) => JSON.stringify(content["m.mentions"] ?? {}).includes(zelie.userId));
    expect(said.filter(({ undecryptable }) => undecryptable !== undefined)).toEqual([]);
    const counts = asked.map((event) => finals.filter(({ thread }) => thread === event).length);
    expect(counts).toEqual(asked.map(() => 1));
    expect(said.filter(({ encrypted, shield }) => !encrypted || shield !== "none")).toEqual([]);
    expect(await published()).toEqual(keys);
    expect((await zelie.identityOf(bot.userId)).changed).toBe(false);
  }, 600_000);
});
