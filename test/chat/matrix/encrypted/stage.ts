/**
 * A Synapse with a proxy before it, and people and bots on it. A test file that imports this has one Synapse for all of its
 * tests; after each the bots that were made with it are stopped, the people leave, and the proxy breaks nothing any more.
 */
import { afterAll, afterEach, beforeAll } from "vitest";
import { startPeer } from "../../../../lab/encrypted-peer.ts";
import { labNeeds } from "../../../../lab/needs.ts";
import { type Synapse, startSynapse } from "../../../../lab/synapse.ts";
import { type FaultyProxy, startProxy } from "../proxy.ts";
import { createCast, type EncryptedBot, newBot } from "./bot.ts";

export const lab = await labNeeds("synapse");
export let synapse: Synapse;
export let proxy: FaultyProxy;
/** Who can come: `cast.person("zelie")`. */
export const cast = createCast(() => synapse, startPeer);
const bots: EncryptedBot[] = [];

/** A bot that reaches the homeserver through the proxy; who may invite it. */
export async function makeBot(...inviters: readonly string[]): Promise<EncryptedBot> {
  const bot = await newBot(synapse, { homeserver: proxy.url, inviters });
  bots.push(bot);
  return bot;
}

beforeAll(async () => {
  if (lab.missing) return;
  synapse = await startSynapse();
  proxy = await startProxy(synapse.url);
});
afterEach(async () => {
  if (lab.missing) return;
  proxy.fault = () => "pass";
  delete proxy.before;
  delete proxy.after;
  delete proxy.rewrite;
  for (const bot of bots.splice(0)) await bot.stop();
  await cast.leave();
});
afterAll(async () => {
  await proxy?.close();
  await synapse?.stop();
});
