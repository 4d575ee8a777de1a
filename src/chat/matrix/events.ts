/** What a homeserver sends, as far as it is read here. Each event stands for itself: a malformed one spoils no other. */
import { z } from "zod";
import type { DeviceNews } from "./encryption/encryption.ts";

const id = z.string().min(1).max(255);

const eventSchema = z.looseObject({
  event_id: id,
  type: z.string(),
  sender: id,
  /** Milliseconds since 1970, by the sender's server's clock. */
  origin_server_ts: z.int().nonnegative(),
  state_key: z.string().optional(),
  content: z.record(z.string(), z.unknown()),
  unsigned: z.record(z.string(), z.unknown()).optional(),
});
export type MatrixEvent = z.infer<typeof eventSchema>;

/** Undefined where it is no event. */
export const eventOf = (one: unknown): MatrixEvent | undefined => eventSchema.safeParse(one).data;

/** Those of a list that are events. */
function eventsOf(list: readonly unknown[]): readonly MatrixEvent[] {
  return list.flatMap((one) => eventOf(one) ?? []);
}

const list = z.array(z.unknown());
const names = z.array(z.string()).optional();
const syncSchema = z.looseObject({
  next_batch: z.string().min(1),
  to_device: z.looseObject({ events: list.optional() }).optional(),
  device_lists: z.looseObject({ changed: names, left: names }).optional(),
  device_one_time_keys_count: z.record(z.string(), z.number()).optional(),
  device_unused_fallback_key_types: names,
  rooms: z
    .looseObject({
      join: z
        .record(
          id,
          z.looseObject({
            timeline: z
              .looseObject({
                events: list.optional(),
                limited: z.boolean().optional(),
                prev_batch: z.string().optional(),
              })
              .optional(),
            state: z.looseObject({ events: list.optional() }).optional(),
          }),
        )
        .optional(),
      invite: z
        .record(id, z.looseObject({ invite_state: z.looseObject({ events: list.optional() }).optional() }))
        .optional(),
    })
    .optional(),
});

/** What is new in a room that the bot has joined. */
export type RoomNews = {
  readonly room: string;
  readonly events: readonly MatrixEvent[];
  /** Where older events than these are to be asked for, because the homeserver left some out. */
  readonly gap: string | undefined;
  /** The types of the state events that changed, and of those in `events`. */
  readonly types: ReadonlySet<string>;
};

export type Batch = {
  readonly next: string;
  /** What it says to this device alone. */
  readonly device: DeviceNews;
  readonly joined: readonly RoomNews[];
  readonly invites: readonly { readonly room: string; readonly inviters: readonly string[] }[];
};

/** Throws where the answer is not that of a sync. */
export function batchOf(answer: unknown, self: string): Batch {
  const sync = syncSchema.parse(answer);
  const joined = Object.entries(sync.rooms?.join ?? {}).map(([room, { timeline, state }]): RoomNews => {
    const events = eventsOf(timeline?.events ?? []);
    const types = new Set([...events, ...eventsOf(state?.events ?? [])].map((event) => event.type));
    return { room, events, gap: timeline?.limited === true ? timeline.prev_batch : undefined, types };
  });
  const invites = Object.entries(sync.rooms?.invite ?? {}).map(([room, { invite_state }]) => ({
    room,
    inviters: invitersOf(invite_state?.events ?? [], self),
  }));
  const device: DeviceNews = {
    toDevice: sync.to_device?.events ?? [],
    changed: sync.device_lists?.changed ?? [],
    left: sync.device_lists?.left ?? [],
    oneTimeKeys: sync.device_one_time_keys_count ?? {},
    unusedFallbackKeys: sync.device_unused_fallback_key_types,
  };
  return { next: sync.next_batch, device, joined, invites };
}

const stripped = z.looseObject({
  type: z.literal("m.room.member"),
  sender: id,
  state_key: z.string(),
  content: z.looseObject({ membership: z.literal("invite") }),
});

/**
 * Whoever appears as the bot's inviter. A foreign server writes most of this list itself and could put a friend's name
 * into it beside the real invite, so all of them count, not one.
 */
function invitersOf(events: readonly unknown[], self: string): readonly string[] {
  return events.flatMap((one) => {
    const invite = stripped.safeParse(one).data;
    return invite?.state_key === self ? [invite.sender] : [];
  });
}

const page = z.looseObject({ chunk: list, end: z.string().optional() });

/** A page of older events, the newest first; without `end` it is the last. */
export function pageOf(answer: unknown): { readonly events: readonly MatrixEvent[]; readonly end: string | undefined } {
  const { chunk, end } = page.parse(answer);
  return { events: eventsOf(chunk), end };
}
