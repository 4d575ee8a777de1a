/** A Matrix client of the tests' own, on plain HTTP: it shares no code with the bot, so it sees what others would see. */
import type { Account } from "./synapse.ts";

export type MatrixEvent = {
  readonly event_id: string;
  readonly type: string;
  readonly sender: string;
  readonly origin_server_ts: number;
  readonly state_key?: string;
  readonly content: Readonly<Record<string, unknown>> & {
    readonly body?: string;
    readonly msgtype?: string;
    readonly "m.relates_to"?: {
      readonly rel_type?: string;
      readonly event_id?: string;
      readonly "m.in_reply_to"?: { readonly event_id: string };
    };
    readonly "m.new_content"?: { readonly body?: string };
  };
};

export type MatrixClient = {
  readonly userId: string;
  createRoom(options?: {
    readonly invite?: readonly string[];
    readonly encrypted?: boolean;
    readonly name?: string;
  }): Promise<string>;
  invite(room: string, userId: string): Promise<void>;
  join(room: string): Promise<void>;
  members(room: string): Promise<readonly string[]>;
  /** Sends text; more of the content may be given or replaced (threads, edits, mentions). Returns the event's id. */
  say(room: string, body: string, more?: Readonly<Record<string, unknown>>): Promise<string>;
  react(room: string, eventId: string, key: string): Promise<string>;
  /** Says it in the thread of an event. */
  reply(room: string, thread: string, body: string): Promise<string>;
  edit(room: string, eventId: string, body: string): Promise<string>;
  send(room: string, type: string, content: unknown): Promise<string>;
  leave(room: string): Promise<void>;
  /** One sync from `since`, or the first: the rooms' new events, the invitations, and where to go on. */
  sync(since?: string, timeoutMs?: number): Promise<Synced>;
  /** Every event of the room that this account may see, oldest first. */
  events(room: string): Promise<readonly MatrixEvent[]>;
  /** The events sent by one account, oldest first. */
  said(room: string, by: string): Promise<readonly MatrixEvent[]>;
  /** Waits until such an event is in the room. */
  waitFor(room: string, matching: (event: MatrixEvent) => boolean, timeoutMs?: number): Promise<MatrixEvent>;
  /** The file at an `mxc:` address. */
  download(url: string): Promise<{ readonly type: string | null; readonly bytes: Buffer }>;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
};

export type Synced = {
  readonly next: string;
  /** By room, oldest first. */
  readonly events: ReadonlyMap<string, readonly MatrixEvent[]>;
  readonly invitedTo: readonly string[];
};

type SyncAnswer = {
  readonly next_batch: string;
  readonly rooms?: {
    readonly join?: Readonly<Record<string, { readonly timeline: { readonly events: readonly MatrixEvent[] } }>>;
    readonly invite?: Readonly<Record<string, unknown>>;
  };
};

const q = encodeURIComponent;

export function createMatrixClient(url: string, account: Account): MatrixClient {
  let transaction = 0;
  const prefix = `${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`;

  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}/_matrix/client/v3${path}`, {
      method,
      headers: { "content-type": "application/json", authorization: `Bearer ${account.accessToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
  async function send(room: string, type: string, content: unknown): Promise<string> {
    const path = `/rooms/${q(room)}/send/${q(type)}/${prefix}.${transaction++}`;
    return (await call<{ event_id: string }>("PUT", path, content)).event_id;
  }
  async function events(room: string): Promise<readonly MatrixEvent[]> {
    const found: MatrixEvent[] = [];
    for (let from = ""; ; ) {
      const page = await call<{ chunk: MatrixEvent[]; end?: string }>(
        "GET",
        `/rooms/${q(room)}/messages?dir=f&limit=500${from}`,
      );
      found.push(...page.chunk);
      if (page.end === undefined || page.chunk.length === 0) return found;
      from = `&from=${q(page.end)}`;
    }
  }
  return {
    userId: account.userId,
    async createRoom({ invite = [], encrypted = false, name = "ops" } = {}) {
      const initial_state = encrypted
        ? [{ type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } }]
        : [];
      return (
        await call<{ room_id: string }>("POST", "/createRoom", { preset: "private_chat", name, invite, initial_state })
      ).room_id;
    },
    invite: async (room, userId) => void (await call("POST", `/rooms/${q(room)}/invite`, { user_id: userId })),
    join: async (room) => void (await call("POST", `/join/${q(room)}`, {})),
    members: async (room) =>
      Object.keys((await call<{ joined: object }>("GET", `/rooms/${q(room)}/joined_members`)).joined),
    say: (room, body, more = {}) => send(room, "m.room.message", { msgtype: "m.text", body, ...more }),
    react: (room, eventId, key) =>
      send(room, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: eventId, key } }),
    reply: (room, thread, body) => {
      const relation = { rel_type: "m.thread", event_id: thread, is_falling_back: true };
      const relates = { ...relation, "m.in_reply_to": { event_id: thread } };
      return send(room, "m.room.message", { msgtype: "m.text", body, "m.relates_to": relates });
    },
    edit: (room, eventId, body) =>
      send(room, "m.room.message", {
        msgtype: "m.text",
        body: `* ${body}`,
        "m.new_content": { msgtype: "m.text", body },
        "m.relates_to": { rel_type: "m.replace", event_id: eventId },
      }),
    send,
    leave: async (room) => void (await call("POST", `/rooms/${q(room)}/leave`, {})),
    async sync(since, timeoutMs = 0) {
      const from = since === undefined ? "" : `&since=${q(since)}`;
      const answer = await call<SyncAnswer>("GET", `/sync?timeout=${timeoutMs}${from}`);
      const rooms = Object.entries(answer.rooms?.join ?? {});
      return {
        next: answer.next_batch,
        events: new Map(rooms.map(([room, { timeline }]) => [room, timeline.events])),
        invitedTo: Object.keys(answer.rooms?.invite ?? {}),
      };
    },
    events,
    said: async (room, by) =>
      (await events(room)).filter((event) => event.sender === by && event.type === "m.room.message"),
    async waitFor(room, matching, timeoutMs = 60_000) {
      for (const until = Date.now() + timeoutMs; ; ) {
        const seen = await events(room);
        const found = seen.find(matching);
        if (found !== undefined) return found;
        if (Date.now() > until) {
          const last = seen.slice(-10).map((event) => `${event.sender}: ${event.content.body ?? event.type}`);
          throw new Error(`nothing such within ${timeoutMs} ms; the last events:\n${last.join("\n")}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    },
    async download(mxc) {
      const [server = "", id = ""] = mxc.replace(/^mxc:\/\//u, "").split("/");
      const answer = await fetch(`${url}/_matrix/client/v1/media/download/${q(server)}/${q(id)}`, {
        headers: { authorization: `Bearer ${account.accessToken}` },
        signal: AbortSignal.timeout(60_000),
      });
      if (!answer.ok) throw new Error(`download of ${mxc}: ${answer.status} ${await answer.text()}`);
      return { type: answer.headers.get("content-type"), bytes: Buffer.from(await answer.arrayBuffer()) };
    },
    call,
  };
}
