/** A picture on a real server that is no Pleroma, as a client that shares no code with the bot is shown it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createFediverseClient, type FediverseClient } from "../../../lab/fediverse-client.ts";
import { labNeeds } from "../../../lab/needs.ts";
import { type Fediverse, startFediverse } from "../../../lab/snac.ts";
import { fediverseNetwork } from "../../../src/chat/fediverse/network.ts";
import type { ChatNetwork, Incoming } from "../../../src/chat/port.ts";
import { keepSecret, testLog } from "../../rig/logs.ts";
import { bytesOf, picture } from "../../rig/picture.ts";
import { answerTo, createMemory, settle, until } from "./rig.ts";

const lab = await labNeeds("snac");
const servers = { ops: ["manchot", "zelie"] } as const;

describe.skipIf(lab.missing)(lab.name("pictures on snac2"), () => {
  let fediverse: Fediverse<typeof servers>;
  let zelie: FediverseClient;
  let adapter: ChatNetwork;
  const inbox: Incoming[] = [];
  beforeAll(async () => {
    fediverse = await startFediverse({ servers });
    const { url, users } = fediverse.servers.ops;
    zelie = createFediverseClient(url, users.zelie);
    const account = { server: url, accessToken: keepSecret(users.manchot.token), forgeable: true };
    adapter = fediverseNetwork({ ...account, memory: createMemory(), log: testLog(), timing: { pollMs: 300 } });
    await adapter.start((message) => void inbox.push(message));
  });
  afterAll(async () => {
    await adapter?.stop();
    await fediverse?.stop();
  });

  test("it stands in the thread, described and whole; a second try makes no second post", async () => {
    const asked = await zelie.post("@manchot@ops.test vm screenshot web", { visibility: "direct" });
    await until(() => inbox.length === 1, 30_000);
    const [message] = inbox;
    if (message === undefined) throw new Error("nothing");
    const one = picture(60, 40);
    const words = [{ kind: "text", text: "The screen of web." }] as const;
    const post = answerTo(message, "", { answer: { tone: "facts", blocks: words, picture: one } });
    const sent = await settle(adapter, post);
    expect(await settle(adapter, { ...post, again: true })).toEqual(sent);
    const replies = await zelie.waitFor(async () => {
      const found = await zelie.replies(asked.id);
      return found.length > 0 ? found : undefined;
    });
    expect(replies.length).toBe(1);
    const [shown] = replies;
    expect(shown?.content).toContain("The screen of web.");
    expect(shown?.media_attachments).toMatchObject([{ type: "image", description: one.alt }]);
    const [media] = shown?.media_attachments ?? [];
    const path = new URL(media?.url ?? "").pathname;
    const file = await fetch(`${fediverse.servers.ops.url}${path}`, { headers: { connection: "close" } });
    expect(Buffer.from(await file.arrayBuffer())).toEqual(bytesOf(one));
  });
});
