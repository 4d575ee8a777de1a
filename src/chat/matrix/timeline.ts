/** Which events of a batch are to be read, in their order: all since the last token, none from before the bot's own joining. */
import type { HardenedClient } from "./client.ts";
import type { Batch, MatrixEvent } from "./events.ts";

/** One thing to be done for a batch. While any is left, the sync token that came with it is not kept. */
export type Task =
  | { readonly kind: "event"; readonly room: string; readonly event: MatrixEvent }
  /** The homeserver left out events between two tokens: they are to be fetched. */
  | { readonly kind: "gap"; readonly room: string; readonly from: string; readonly to: string };

/** At most this many pages of 100 events are fetched for one gap, and no more after so many bytes: all of it is in memory. */
const mostPages = 200;
const mostBytes = 64 * 1024 * 1024;

/** The tasks of a batch that came after the token `since`. */
export function tasksOf(batch: Batch, since: string, self: string): readonly Task[] {
  return batch.joined.flatMap(({ room, events, gap }): readonly Task[] => {
    const { own, read } = sinceJoining(events, self);
    const tasks = read.map((event): Task => ({ kind: "event", room, event }));
    return gap === undefined || own ? tasks : [{ kind: "gap", room, from: gap, to: since }, ...tasks];
  });
}

/** Fills a gap, oldest first. `whole` is false where it was longer than may be fetched: its oldest events are not there. */
export async function fillGap(
  client: HardenedClient,
  gap: Extract<Task, { kind: "gap" }>,
  self: string,
): Promise<{ readonly events: readonly MatrixEvent[]; readonly whole: boolean }> {
  let found: readonly MatrixEvent[] = [];
  let from = gap.from;
  let bytes = 0;
  for (let page = 0; page < mostPages && bytes < mostBytes; page++) {
    const { events, end } = await client.older(gap.room, from, gap.to);
    bytes += JSON.stringify(events).length;
    const { own, read } = sinceJoining(events.toReversed(), self);
    found = [...read, ...found];
    if (own || end === undefined || end === from) return { events: found, whole: true };
    from = end;
  }
  return { events: found, whole: false };
}

/** What follows the bot's last joining among these events (oldest first), and whether it joined among them. */
function sinceJoining(
  events: readonly MatrixEvent[],
  self: string,
): { readonly own: boolean; readonly read: readonly MatrixEvent[] } {
  const joined = events.findLastIndex((event) => isJoining(event, self));
  return { own: joined !== -1, read: events.slice(joined + 1) };
}

/** A change of name or picture is a membership event too, from `join` to `join`: that is no joining. */
function isJoining({ type, state_key, content, unsigned }: MatrixEvent, self: string): boolean {
  if (type !== "m.room.member" || state_key !== self || content.membership !== "join") return false;
  const before: unknown = unsigned?.prev_content;
  return !(typeof before === "object" && before !== null && "membership" in before && before.membership === "join");
}
