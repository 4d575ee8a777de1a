/** A client of the Mastodon API of the tests' own, on plain HTTP: it shares no code with the bot, so it sees what others would see. */

export type Account = {
  readonly id: string;
  readonly acct: string;
  readonly username: string;
  readonly display_name: string;
  readonly url: string;
  /** The actor's URI; snac2 leaves it out where an account looks at itself. */
  readonly uri?: string;
  readonly bot: boolean;
};

export type Status = {
  readonly id: string;
  readonly uri: string;
  readonly account: Account;
  /** HTML. */
  readonly content: string;
  readonly visibility: string;
  readonly created_at: string;
  readonly edited_at: string | null;
  readonly in_reply_to_id: string | null;
  readonly language: string | null;
  readonly spoiler_text: string;
  readonly mentions: readonly { readonly acct: string; readonly url: string }[];
  readonly reblog: Status | null;
  readonly media_attachments: readonly {
    readonly type: string;
    readonly url: string;
    readonly description: string | null;
  }[];
};

export type Notification = {
  readonly id: string;
  readonly type: string;
  readonly created_at: string;
  readonly account: Account;
  readonly status?: Status;
};

export type Post = {
  readonly visibility?: string;
  /** The id of a status. */
  readonly inReplyTo?: string;
  readonly language?: string;
  readonly spoiler?: string;
};

export type FediverseClient = {
  me(): Promise<Account>;
  post(text: string, options?: Post): Promise<Status>;
  edit(id: string, text: string): Promise<Status>;
  boost(id: string): Promise<void>;
  status(id: string): Promise<Status>;
  /** What its server has of the thread, before and after it. */
  context(id: string): Promise<{ readonly ancestors: readonly Status[]; readonly descendants: readonly Status[] }>;
  /** The direct answers to a status. */
  replies(id: string): Promise<readonly Status[]>;
  /** Newest first, as the server gives them. */
  notifications(page?: { readonly minId?: string; readonly limit?: number }): Promise<readonly Notification[]>;
  /** The statuses an account has sent, newest first. */
  statuses(accountId: string): Promise<readonly Status[]>;
  account(id: string): Promise<Account>;
  /** An account by its `user@host`, wherever it is; undefined where none is found. */
  lookup(handle: string): Promise<Account | undefined>;
  /** Asks until there is an answer; its last words tell what there was instead. */
  waitFor<T>(ask: () => Promise<T | undefined>, timeoutMs?: number): Promise<T>;
  waitForNotification(matching: (notification: Notification) => boolean, timeoutMs?: number): Promise<Notification>;
  waitForReply(id: string, matching?: (status: Status) => boolean, timeoutMs?: number): Promise<Status>;
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
};

/** An answer that was not a success. */
export class ApiRefusal extends Error {
  readonly status: number;
  constructor(call: string, status: number, words: string) {
    super(`${call}: ${status} ${words.slice(0, 500)}`);
    this.status = status;
  }
}

const q = encodeURIComponent;

export function createFediverseClient(url: string, account: { readonly token: string }): FediverseClient {
  async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${url}${path}`, {
      method,
      // snac2 closes each connection without saying so.
      headers: { "content-type": "application/json", authorization: `Bearer ${account.token}`, connection: "close" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    });
    const words = await answer.text();
    if (!answer.ok) throw new ApiRefusal(`${method} ${path}`, answer.status, words);
    return (words === "" ? undefined : JSON.parse(words)) as T;
  }

  async function waitFor<T>(ask: () => Promise<T | undefined>, timeoutMs = 60_000, seen = () => ""): Promise<T> {
    for (const until = Date.now() + timeoutMs; ; ) {
      const found = await ask();
      if (found !== undefined) return found;
      if (Date.now() > until) throw new Error(`nothing such within ${timeoutMs} ms${seen()}`);
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
  }
  /** Waits for one of a list, and tells the list where it does not come. */
  async function oneOf<T>(
    ask: () => Promise<readonly T[]>,
    matching: (one: T) => boolean,
    timeoutMs: number | undefined,
    words: (one: T) => string,
  ): Promise<T> {
    let last: readonly T[] = [];
    const find = async (): Promise<T | undefined> => {
      last = await ask();
      return last.find(matching);
    };
    return waitFor(find, timeoutMs, () => `; there were:\n${last.slice(0, 10).map(words).join("\n")}`);
  }

  const context: FediverseClient["context"] = (id) => call("GET", `/api/v1/statuses/${q(id)}/context`);
  const replies: FediverseClient["replies"] = async (id) =>
    (await context(id)).descendants.filter((status) => status.in_reply_to_id === id);
  const notifications: FediverseClient["notifications"] = ({ minId, limit } = {}) => {
    const query = new URLSearchParams({
      ...(minId === undefined ? {} : { min_id: minId }),
      ...(limit === undefined ? {} : { limit: String(limit) }),
    });
    return call("GET", `/api/v1/notifications?${query}`);
  };
  const said = (status: Status): string => `${status.account.acct} (${status.visibility}): ${status.content}`;
  const told = (one: Notification): string =>
    `${one.type} by ${one.account.acct}${one.status === undefined ? "" : `; ${said(one.status)}`}`;
  return {
    me: () => call("GET", "/api/v1/accounts/verify_credentials"),
    post: (text, { visibility = "public", inReplyTo, language, spoiler } = {}) =>
      call("POST", "/api/v1/statuses", {
        status: text,
        visibility,
        ...(inReplyTo === undefined ? {} : { in_reply_to_id: inReplyTo }),
        ...(language === undefined ? {} : { language }),
        ...(spoiler === undefined ? {} : { spoiler_text: spoiler }),
      }),
    edit: (id, text) => call("PUT", `/api/v1/statuses/${q(id)}`, { status: text }),
    boost: async (id) => void (await call("POST", `/api/v1/statuses/${q(id)}/reblog`, {})),
    status: (id) => call("GET", `/api/v1/statuses/${q(id)}`),
    context,
    replies,
    notifications,
    statuses: (accountId) => call("GET", `/api/v1/accounts/${q(accountId)}/statuses`),
    account: (id) => call("GET", `/api/v1/accounts/${q(id)}`),
    async lookup(handle) {
      const path = `/api/v2/search?type=accounts&resolve=true&q=${q(handle)}`;
      return (await call<{ readonly accounts: readonly Account[] }>("GET", path)).accounts[0];
    },
    waitFor: (ask, timeoutMs) => waitFor(ask, timeoutMs),
    waitForNotification: (matching, timeoutMs) => oneOf(() => notifications(), matching, timeoutMs, told),
    waitForReply: (id, matching = () => true, timeoutMs) => oneOf(() => replies(id), matching, timeoutMs, said),
    call,
  };
}
