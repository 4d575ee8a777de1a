/** A bot's adapter with encryption on a real Synapse, and what outlives its runs: account, memory, and the store of its keys. */
import type { EncryptedPeer, startPeer } from "../../../../lab/encrypted-peer.ts";
import { createMatrixClient, type MatrixClient, type MatrixEvent } from "../../../../lab/matrix-client.ts";
import type { Account, Synapse } from "../../../../lab/synapse.ts";
import type { Incoming } from "../../../../src/chat/port.ts";
import { createMemory, createRig, type Memory, type Rig, until } from "../rig.ts";

type Options = Partial<Parameters<typeof createRig>[0]>;

export type EncryptedBot = {
  readonly account: Account;
  readonly user: string;
  /** By which it is called in rooms of several. */
  readonly handle: string;
  /** With the store of its keys. */
  readonly memory: Memory;
  /** The same account on plain HTTP. */
  readonly client: MatrixClient;
  /** Starts it; a run before must be stopped. */
  run(more?: Options): Promise<Rig>;
  /** A rig that is not started. */
  rig(more?: Options): ReturnType<typeof createRig>;
  /** Stops all its runs. */
  stop(): Promise<void>;
};

let number = 0;

/** `homeserver`: where the bot finds the homeserver, a proxy before it for instance. `inviters`: who may invite it. */
export async function newBot(
  synapse: Synapse,
  { homeserver = synapse.url, inviters }: { readonly homeserver?: string; readonly inviters: readonly string[] },
): Promise<EncryptedBot> {
  const name = `manchot${++number}`;
  const account = await synapse.register(name);
  const memory = createMemory();
  const running: Rig[] = [];
  const rig: EncryptedBot["rig"] = (more = {}) => {
    const made = createRig({
      homeserver,
      accessToken: account.accessToken,
      user: account.userId,
      inviters,
      memory,
      timing: { longPollMs: 2000, requestMs: 5000, startMs: 20_000 },
      ...more,
    });
    running.push(made);
    return made;
  };
  return {
    account,
    user: account.userId,
    handle: `@${name}`,
    memory,
    client: createMatrixClient(synapse.url, account),
    rig,
    async run(more) {
      const made = rig(more);
      await made.start();
      return made;
    },
    stop: async () => void (await Promise.all(running.map(({ adapter }) => adapter.stop()))),
  };
}

/** An encrypted room of the first person, with the others and the bot in it. The bot runs. */
export async function roomWith(
  bot: EncryptedBot,
  ...[host, ...guests]: [EncryptedPeer, ...EncryptedPeer[]]
): Promise<string> {
  const room = await host.createRoom({ invite: [bot.user, ...guests.map(({ userId }) => userId)] });
  for (const guest of guests) await guest.join(room);
  await until(async () => (await host.members(room)).includes(bot.user));
  return room;
}

/** Says it to the bot, and gives what reached its inbox. */
export async function command(
  peer: EncryptedPeer,
  room: string,
  bot: EncryptedBot,
  rig: Rig,
  words: string,
): Promise<Incoming> {
  const eventId = await peer.say(room, `${bot.handle} ${words}`);
  const arrived = (): Incoming | undefined => rig.inbox.find((message) => message.eventId === eventId);
  await until(() => arrived() !== undefined, 30_000);
  const message = arrived();
  if (message === undefined) throw new Error("it was there");
  return message;
}

/** What the bot put into the room in clear, besides its own membership. Nothing may. */
export async function clearOf(peer: EncryptedPeer, room: string, bot: EncryptedBot): Promise<readonly MatrixEvent[]> {
  const events = await peer.plain.events(room);
  return events.filter(
    ({ sender, type, state_key }) => sender === bot.user && state_key === undefined && type !== "m.room.encrypted",
  );
}

/** The persons of a test: started with the name given, and stopped together. */
export function createCast(synapse: () => Synapse, start: typeof startPeer) {
  const peers: EncryptedPeer[] = [];
  let count = 0;
  type Options = Parameters<typeof startPeer>[2];
  return {
    async person(name: string, options?: Options): Promise<EncryptedPeer> {
      const { url } = synapse();
      const peer = await start(url, await synapse().register(`${name}${++count}`), options);
      peers.push(peer);
      return peer;
    },
    /** One more device of somebody, without a signature of its owner's. */
    async device(of: EncryptedPeer, options: Options = {}): Promise<EncryptedPeer> {
      const account = await synapse().login(of.userId.slice(1).split(":")[0] ?? "");
      const peer = await start(synapse().url, account, { crossSign: false, ...options });
      peers.push(peer);
      return peer;
    },
    leave: async (): Promise<void> => void (await Promise.all(peers.splice(0).map((peer) => peer.stop()))),
  };
}
