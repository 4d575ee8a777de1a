/** A machine that was set back: its store of keys is older than what was done with it, and must not be used again. */
import { cpSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createMatrixClient } from "../../../../lab/matrix-client.ts";
import { labNeeds } from "../../../../lab/needs.ts";
import { type Account, type Synapse, startSynapse } from "../../../../lab/synapse.ts";
import { createMemory, createRig, type Memory, type Rig, until } from "../rig.ts";

const lab = await labNeeds("synapse");

describe.skipIf(lab.missing)(lab.name("a store of keys that was set back"), () => {
  let synapse: Synapse;
  let bot: Account;
  let memory: Memory;
  let rig: Rig & { start(): Promise<void> };

  beforeAll(async () => {
    synapse = await startSynapse();
    bot = await synapse.register("manchot");
    memory = createMemory();
  });
  afterEach(() => rig.adapter.stop());
  afterAll(() => synapse.stop());

  const number = async (): Promise<number> =>
    (
      await createMatrixClient(synapse.url, bot).call<{ generation: number }>(
        "GET",
        `/user/${encodeURIComponent(bot.userId)}/account_data/org.manchot.encryption_store`,
      )
    ).generation;
  const newRig = (from: Memory) =>
    createRig({ homeserver: synapse.url, accessToken: bot.accessToken, inviters: [], memory: from });

  test("the newest is used, start after start; a copy of it that is behind is refused, with what to do", async () => {
    rig = newRig(memory);
    await rig.start();
    await rig.adapter.stop();
    expect(await number()).toBe(1);
    const snapshot = createMemory();
    cpSync(memory.encryption.file, snapshot.encryption.file);

    // Used further after the snapshot: something comes for it, and the number grows without a restart.
    rig = newRig(memory);
    await rig.start();
    expect(await number()).toBe(2);
    const other = createMatrixClient(synapse.url, await synapse.register("zelie"));
    await other.call("PUT", `/sendToDevice/m.dummy/1`, { messages: { [bot.userId]: { [bot.deviceId]: {} } } });
    await until(async () => (await number()) === 3);
    await rig.adapter.stop();

    rig = newRig(snapshot);
    await expect(rig.start()).rejects.toThrow(/older than what the homeserver knows.*To resolve.*enrol matrix/);
    rig = newRig(memory);
    await rig.start();
    expect(await number()).toBe(4);
  });
});
