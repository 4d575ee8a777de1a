/** The lab's Matrix server, and the client that sees what others would see. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMatrixClient, type MatrixClient } from "../../lab/matrix-client.ts";
import { labNeeds } from "../../lab/needs.ts";
import { type Synapse, startSynapse } from "../../lab/synapse.ts";

const lab = await labNeeds("synapse");

describe.skipIf(lab.missing)(lab.name("the lab's Matrix server"), () => {
  let synapse: Synapse;
  let zelie: MatrixClient;
  let omar: MatrixClient;
  let room: string;
  beforeAll(async () => {
    synapse = await startSynapse();
    zelie = createMatrixClient(synapse.url, await synapse.register("zelie", { admin: true }));
    omar = createMatrixClient(synapse.url, await synapse.register("omar"));
    room = await zelie.createRoom({ invite: [omar.userId] });
  });
  afterAll(async () => {
    await synapse?.stop();
  });

  test("an invitation is seen, and accepted", async () => {
    expect((await omar.sync()).invitedTo).toEqual([room]);
    expect(await zelie.members(room)).toEqual([zelie.userId]);
    await omar.join(room);
    expect([...(await zelie.members(room))].sort()).toEqual([omar.userId, zelie.userId]);
  });

  test("what one says the other reads: text, threads, edits, reactions", async () => {
    const { next } = await omar.sync();
    const root = await zelie.say(room, "salut", { "m.mentions": { user_ids: [omar.userId] } });
    const reply = await zelie.reply(room, root, "dans le fil");
    await zelie.edit(room, reply, "corrigé");
    await zelie.react(room, root, "👍");
    const seen = (await omar.sync(next)).events.get(room) ?? [];
    const relation = (at: number) => seen[at]?.content["m.relates_to"];
    expect(seen.map(({ type, content }) => [type, content.body])).toEqual([
      ["m.room.message", "salut"],
      ["m.room.message", "dans le fil"],
      ["m.room.message", "* corrigé"],
      ["m.reaction", undefined],
    ]);
    expect(seen[0]?.content["m.mentions"]).toEqual({ user_ids: [omar.userId] });
    expect(relation(1)).toMatchObject({ rel_type: "m.thread", event_id: root });
    expect(relation(2)).toMatchObject({ rel_type: "m.replace", event_id: reply });
    expect(relation(3)).toMatchObject({ rel_type: "m.annotation", event_id: root });
    expect((await omar.said(room, zelie.userId)).map((event) => event.content.body)).toEqual(
      seen.slice(0, 3).map((event) => event.content.body),
    );
  });

  test("a long room is read whole and in order", async () => {
    const long = await zelie.createRoom();
    const said = Array.from({ length: 120 }, (_, i) => `message ${i}`);
    for (const body of said) await zelie.say(long, body);
    expect((await zelie.said(long, zelie.userId)).map((event) => event.content.body)).toEqual(said);
  });

  test("a login is one more device of the same account", async () => {
    const again = await synapse.login("omar");
    expect(again.userId).toBe(omar.userId);
    expect(await createMatrixClient(synapse.url, again).members(room)).toContain(omar.userId);
  });

  test("killed and started again, it has what it had", async () => {
    await zelie.say(room, "avant la coupure");
    await synapse.kill();
    await expect(zelie.say(room, "pendant")).rejects.toThrow();
    await synapse.restart();
    expect((await omar.said(room, zelie.userId)).at(-1)?.content.body).toBe("avant la coupure");
  });

  test("paused, it is silent; resumed, it goes on", async () => {
    synapse.pause();
    const asked = zelie.members(room);
    expect(await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 1500, "silence"))])).toBe("silence");
    synapse.resume();
    expect(await asked).toContain(omar.userId);
  });

  test("with rate limits on, it says so", async () => {
    await synapse.restart({ messages: { perSecond: 0.1, burst: 2 } });
    const many = Promise.all(Array.from({ length: 6 }, (_, i) => zelie.say(room, `vite ${i}`)));
    await expect(many).rejects.toThrow("M_LIMIT_EXCEEDED");
  });
});
