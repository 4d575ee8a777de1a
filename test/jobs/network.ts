/** A network that does what a test tells it, and remembers what it was sent: the far end of the outbox. */
import type { ChatNetwork, Delivery, Network, Outgoing } from "../../src/chat/port.ts";

export type TestNetwork = ChatNetwork & {
  readonly sent: Outgoing[];
  /** How many sends were under way at once, at most. */
  readonly most: () => number;
};

let events = 0;

/** By default everything is sent at once. */
export function testNetwork(
  behave: (post: Outgoing, count: number) => Delivery | Promise<Delivery> = () => sent(),
  { network = "matrix", edits = true }: { network?: Network; edits?: boolean } = {},
): TestNetwork {
  const posts: Outgoing[] = [];
  let now = 0;
  let most = 0;
  return {
    network,
    edits,
    sent: posts,
    most: () => most,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async send(post) {
      posts.push(post);
      now += 1;
      most = Math.max(most, now);
      try {
        return await behave(post, posts.length);
      } finally {
        now -= 1;
      }
    },
  };
}

export function sent(eventId?: string): Delivery {
  events += 1;
  return { kind: "sent", eventId: eventId ?? `$event${events}` };
}
