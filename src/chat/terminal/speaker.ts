/** Who speaks at the terminal, on which network they pretend to be, and the messages that come of it. */
import { createHash, randomUUID } from "node:crypto";
import { afterMention } from "../../conversation/mention.ts";
import type { Person } from "../../people/person.ts";
import type { Incoming, Language, Network, Venue } from "../port.ts";

export type Whereabouts = {
  readonly network: Network;
  readonly direct: boolean;
  readonly encrypted: boolean;
  /** In an encrypted room: from a device that the speaker's identity did not sign. */
  readonly unverified: boolean;
};

export interface Speaker {
  /** The person's id, or what a stranger is called. */
  readonly id: string;
  /** `zelie@matrix encrypted`, for the prompt: in the words that led there. */
  readonly where: string;
  /** `zelie`, and where it is not the terminal itself, `zelie@matrix`. */
  readonly name: string;
  readonly network: Network;
  readonly here: Whereabouts;
  readonly account: string;
  readonly label: string;
  /** Becomes somebody else; false: the bot knows nobody by that name, and a stranger speaks. */
  become(who: string): boolean;
  move(to: Whereabouts): void;
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
  let here: Whereabouts = { network: "terminal", direct: true, encrypted: false, unverified: false };
  let lateMs = 0;

  /** A person's own account on the network; who has none there is a stranger there. */
  const account = (): string => (here.network === "terminal" ? id : (person?.accounts[here.network]?.[0] ?? id));

  function venue(thread: string): Venue {
    const { network, direct, encrypted, unverified } = here;
    const place = direct ? `sandbox-direct-${id}` : encrypted ? "sandbox-encrypted-room" : "sandbox-room";
    const common = { network, place, thread, direct, encrypted };
    if (network === "fediverse") return { ...common, visibility: direct ? "direct" : "unlisted" };
    if (!encrypted || unverified) return common;
    return { ...common, identity: person?.identities?.get(account()) ?? sandboxIdentity(account()) };
  }

  return {
    get id() {
      return id;
    },
    get where() {
      const { network, direct, encrypted, unverified } = here;
      const how = { direct: direct && network !== "terminal", encrypted, unverified };
      const words = Object.entries(how).flatMap(([word, so]) => (so ? [word] : []));
      return [`${id}@${network}`, ...words].join(" ");
    },
    get name() {
      return here.network === "terminal" ? id : `${id}@${here.network}`;
    },
    get network() {
      return here.network;
    },
    get here() {
      return here;
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
    move(to) {
      here = to;
    },
    delay(minutes) {
      lateMs = minutes * 60_000;
    },
    message(line) {
      const eventId = randomUUID();
      const sentAt = now() - lateMs;
      lateMs = 0;
      return {
        network: here.network,
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

/** The cross-signing identity that an account has in the sandbox: a key that nobody holds. */
export function sandboxIdentity(account: string): string {
  return createHash("sha256").update(`identity of ${account}`).digest("base64").replace(/=+$/, "");
}
