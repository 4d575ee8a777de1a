/** How a scenario speaks on one network, and reads the answer there as anybody else would. */
import type { ChatNetwork, Network } from "../../../src/chat/port.ts";

/** The persons of the scenarios. `inconnue` is known to nobody. */
export const speakers = ["zelie", "camille", "inconnue"] as const;
export type Speaker = (typeof speakers)[number];

export type Voice = {
  readonly network: Network;
  /** The bot's own adapter. */
  readonly chat: ChatNetwork;
  /** The account by which the bot knows each of them on this network. */
  readonly accounts: Readonly<Record<Speaker, string>>;
  /** What must be done once the bot listens: a room joined, for instance. */
  ready(): Promise<void>;
  /** Says it to the bot alone; a handle for `shown`. */
  say(speaker: Speaker, text: string): Promise<string>;
  /** The answer to it as the speaker's own client shows it, as plain text. It is there already. */
  shown(speaker: Speaker, said: string): Promise<string>;
  /** Nothing more will be said; the bot still runs. */
  leave(): Promise<void>;
  /** After the bot's own end. */
  stop(): Promise<void>;
};
