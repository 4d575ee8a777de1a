/**
 * matrix-bot-sdk's client, hardened: requests that end with the adapter, an own sync that keeps the token to itself until
 * every event is safe, and answers that are checked. The stock client loses events between two syncs that are far apart,
 * keeps the token before the events are taken, and cannot be stopped while it waits.
 */
import { LogService, MatrixClient, MatrixError } from "matrix-bot-sdk";
import { z } from "zod";
import type { Log } from "../../log.ts";
import { type Batch, batchOf, eventOf, type MatrixEvent, pageOf } from "./events.ts";
import { StrangeAnswer } from "./failure.ts";
import { type Ask, createHttp, type Http } from "./http.ts";
import { authWantedOf } from "./user-interactive.ts";

export type Timing = {
  /** How long the homeserver may keep a sync open, in milliseconds. */
  readonly longPollMs: number;
  /** How long any request may take, in milliseconds (a sync: on top of its long poll). */
  readonly requestMs: number;
};

/** Everything that a command, the bot's own joins and its knowledge of a room need; nothing else is ever sent to it. */
const types = [
  "m.room.message",
  "m.room.encrypted",
  "m.room.encryption",
  "m.room.member",
  "m.room.join_rules",
  "m.room.history_visibility",
];
const nothing = { types: [] };
/** Given whole with each request: a stored one would start the sync anew whenever a release changes it. */
const syncFilter = {
  presence: nothing,
  account_data: nothing,
  room: {
    timeline: { limit: 100, types },
    state: { types: types.slice(2), lazy_load_members: true },
    ephemeral: nothing,
    account_data: nothing,
  },
};

const q = encodeURIComponent;
const roomPath = (room: string): string => `/_matrix/client/v3/rooms/${q(room)}`;
const whoamiSchema = z.looseObject({
  user_id: z.string().regex(/^@[^:]+:.+$/u),
  device_id: z.string().min(1).max(255).optional(),
});
/** Whose token it is. `device`: absent for tokens that are no device's, which cannot encrypt. */
export type Account = { readonly user: string; readonly device: string | undefined };
const sentSchema = z.looseObject({ event_id: z.string().min(1) });
const uploadedSchema = z.looseObject({ content_uri: z.string().regex(/^mxc:\/\/[^/\s]+\/[A-Za-z0-9_-]+$/u) });
const membersSchema = z.looseObject({
  chunk: z.array(z.looseObject({ state_key: z.string(), content: z.looseObject({ membership: z.string() }) })),
});

export type Company = { readonly joined: readonly string[]; readonly invited: readonly string[] };

export class HardenedClient extends MatrixClient {
  readonly #http: Http;
  readonly #token: string;
  readonly #timing: Timing;

  constructor(homeserver: string, accessToken: string, timing: Timing) {
    super(homeserver, accessToken);
    this.#http = createHttp(homeserver, accessToken);
    this.#token = accessToken;
    this.#timing = timing;
  }

  /** Every request of the SDK's goes this way. Rejects with a MatrixError where a homeserver refused, else with an Error. */
  override async doRequest(
    method: Ask["method"],
    path: string,
    query?: Readonly<Record<string, unknown>> | null,
    body?: unknown,
    timeoutMs: number = this.#timing.requestMs,
  ): Promise<unknown> {
    return this.#ask({
      method,
      path,
      timeoutMs,
      ...(query ? { query } : {}),
      ...(body == null ? {} : { body: jsonBody(body) }),
    });
  }

  async #ask(ask: Ask): Promise<unknown> {
    const { method, path } = ask;
    const fault = (why: string): Error => new Error(`${method} ${path}: ${why.replaceAll(this.#token, "‹secret›")}`);
    const reply = await this.#http.send(ask).catch((cause: unknown) => {
      throw fault(cause instanceof Error ? cause.message : String(cause));
    });
    const answer = jsonOf(reply.bytes);
    if (reply.status >= 200 && reply.status < 300 && answer !== undefined) return answer;
    const told = errorSchema.safeParse(answer).data;
    const wanted = authWantedOf(fault("401, the password is wanted once more").message, reply.status, answer);
    if (wanted !== undefined) throw wanted;
    // Without an error code it is some proxy that speaks, except for limits, which proxies set too.
    if (told === undefined && reply.status !== 429)
      throw new StrangeAnswer(fault(`${reply.status} from something that is no homeserver`).message, reply.status);
    const seconds = reply.retryAfter === undefined ? Number.NaN : Number(reply.retryAfter);
    const retry_after_ms = told?.retry_after_ms ?? (Number.isNaN(seconds) ? 1000 : seconds * 1000);
    const error = (told?.error ?? "").replaceAll(this.#token, "‹secret›").slice(0, 200);
    throw new MatrixError({ errcode: told?.errcode ?? "M_LIMIT_EXCEEDED", error, retry_after_ms }, reply.status);
  }

  /** The account and the device that the token belongs to. */
  async account(): Promise<Account> {
    const { user_id, device_id } = whoamiSchema.parse(await this.doRequest("GET", "/_matrix/client/v3/account/whoami"));
    return { user: user_id, device: device_id };
  }

  /** What is new since the token; `waitMs`: how long to wait for something. */
  async news(since: string | undefined, self: string, waitMs = this.#timing.longPollMs): Promise<Batch> {
    const wait = since === undefined ? 0 : waitMs;
    // A first sync of many rooms takes a homeserver long.
    const timeoutMs = this.#timing.requestMs * (since === undefined ? 4 : 1) + wait;
    const query = { since, timeout: wait, filter: syncFilter };
    return batchOf(await this.doRequest("GET", "/_matrix/client/v3/sync", query, undefined, timeoutMs), self);
  }

  /** Older events than `from`, the newest first, not beyond `to`. */
  async older(
    room: string,
    from: string,
    to: string,
  ): Promise<{ readonly events: readonly MatrixEvent[]; readonly end: string | undefined }> {
    const query = { dir: "b", from, to, limit: 100, filter: { types } };
    return pageOf(await this.doRequest("GET", `${roomPath(room)}/messages`, query));
  }

  /** Makes an event once per key, however often it is called; in clear, unless its content was encrypted. Its event id. */
  async send(room: string, type: string, key: string, content: object): Promise<string> {
    const path = `${roomPath(room)}/send/${q(type)}/${q(key)}`;
    return sentSchema.parse(await this.doRequest("PUT", path, undefined, content)).event_id;
  }

  /** One event of a room; undefined where the homeserver does not show it (any more). */
  async event(room: string, id: string): Promise<MatrixEvent | undefined> {
    try {
      return eventOf(await this.doRequest("GET", `${roomPath(room)}/event/${q(id)}`));
    } catch (fault) {
      if (fault instanceof MatrixError && (fault.statusCode === 404 || fault.statusCode === 403)) return undefined;
      throw fault;
    }
  }

  /** Hands a file over; its `mxc:` address, which is a new one each time. Whoever knows it can read the file. */
  async upload(bytes: Buffer, type: string, name?: string): Promise<string> {
    const path = "/_matrix/media/v3/upload";
    const { requestMs: timeoutMs } = this.#timing;
    const body = { type, bytes };
    return uploadedSchema.parse(await this.#ask({ method: "POST", path, query: { filename: name }, body, timeoutMs }))
      .content_uri;
  }

  /** A state event's content; undefined where the homeserver says that there is none. */
  async state(room: string, type: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    try {
      return z
        .record(z.string(), z.unknown())
        .parse(await this.doRequest("GET", `${roomPath(room)}/state/${q(type)}/`));
    } catch (fault) {
      if (fault instanceof MatrixError && fault.statusCode === 404 && fault.errcode === "M_NOT_FOUND") return undefined;
      throw fault;
    }
  }

  /** Who is in the room, and who may come in at once. */
  async company(room: string): Promise<Company> {
    const { chunk } = membersSchema.parse(
      await this.doRequest("GET", `${roomPath(room)}/members`, { not_membership: "leave" }),
    );
    const who = (membership: string): readonly string[] =>
      chunk.filter(({ content }) => content.membership === membership).map((member) => member.state_key);
    return { joined: who("join"), invited: who("invite") };
  }

  /** Cuts every request that is under way, and every connection. */
  close(): void {
    this.#http.close();
  }
}

const errorSchema = z.looseObject({
  errcode: z.string().regex(/^[A-Za-z0-9_.]{1,100}$/),
  error: z.string().optional(),
  retry_after_ms: z.number().optional(),
});

const jsonBody = (body: unknown): NonNullable<Ask["body"]> => ({
  type: "application/json",
  bytes: Buffer.from(JSON.stringify(body)),
});

function jsonOf(bytes: Buffer): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What the SDK itself wants to say goes to the log's debug level: whatever matters is said by the adapter. */
export function routeSdkLog(log: Log): void {
  const line = (module: string, ...words: unknown[]): void =>
    log.debug(
      { module, words: words.map((word) => (word instanceof Error ? word.message : String(word))) },
      "matrix-bot-sdk",
    );
  LogService.setLogger({ trace: () => undefined, debug: () => undefined, info: line, warn: line, error: line });
}
