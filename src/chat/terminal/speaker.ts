/** Who speaks at the terminal, on which network they pretend to be, and the messages that come of it. */
import { randomUUID } from "node:crypto";
import { afterMention } from "../../conversation/mention.ts";
import type { Person } from "../../people/person.ts";
import type { Incoming, Language, Network, Venue } from "../port.ts";

export interface Speaker {
  /** The person's id, or what a stranger is called. */
  readonly id: string;
  /** `zelie@matrix`, for the prompt. */
  readonly where: string;
  /** `zelie`, and where it is not the terminal itself, `zelie@matrix`. */
  readonly name: string;
  readonly network: Network;
  readonly account: string;
  readonly label: string;
  /** Becomes somebody else; false: the bot knows nobody by that name, and a stranger speaks. */
  become(who: string): boolean;
  move(network: Network, direct: boolean): void;
  /** The next message, and only that one, pretends to have been sent so many minutes ago. */
  delay(minutes: number): void;
  /** The message that a line becomes. */
  message(line: string): Incoming;
}

const handles = ["@manchot", "manchot"];
/** One more than may be read: a text that is too long is refused by the bot, and not cut here. */
const longestText = 2001;

export function createSpeaker(
  people: readonly Person[],
  first: string,
  language: Language | undefined,
  now: () => number,
): Speaker {
  let id = first;
  let person = people.find((one) => one.id === first);
  let network: Network = "terminal";
  let direct = true;
  let lateMs = 0;

  /** A person's own account on the network; who has none there is a stranger there. */
  const account = (): string => (network === "terminal" ? id : (person?.accounts[network]?.[0] ?? id));

  function venue(thread: string): Venue {
    const place = direct ? `sandbox-direct-${id}` : "sandbox-room";
    const common = { network, place, thread, direct, encrypted: false };
    return network === "fediverse" ? { ...common, visibility: direct ? "direct" : "unlisted" } : common;
  }

  return {
    get id() {
      return id;
    },
    get where() {
      return `${id}@${network}`;
    },
    get name() {
      return network === "terminal" ? id : `${id}@${network}`;
    },
    get network() {
      return network;
    },
    get account() {
      return account();
    },
    get label() {
      return person?.name ?? id;
    },
    become(who) {
      id = who;
      person = people.find((one) => one.id === who);
      return person !== undefined;
    },
    move(to, alone) {
      network = to;
      direct = alone;
    },
    delay(minutes) {
      lateMs = minutes * 60_000;
    },
    message(line) {
      const eventId = randomUUID();
      const sentAt = now() - lateMs;
      lateMs = 0;
      return {
        network,
        eventId,
        venue: venue(eventId),
        account: account(),
        label: person?.name ?? id,
        text: (afterMention(line, handles) ?? line.trim()).slice(0, longestText),
        sentAt,
        ...(language === undefined ? {} : { language }),
      };
    },
  };
}
