/** What the stand-in knows: accounts, posts, notifications, tokens. All in memory, and no rule of its own. */
import { flakes } from "./ids.ts";

/** Widths that Pleroma itself makes, and any other word, for posts that another server sent. */
export type Visibility = string;

export type Account = {
  readonly id: string;
  /** The ActivityPub id: the one thing about an account that never changes. */
  readonly apId: string;
  nickname: string;
  /** `zelie` for one of the server's own accounts, `zelie@peer.example.org` for another's: it can change hands. */
  acct: string;
  /** What the account's own server gives as its page: chosen by whoever runs that server. */
  url: string;
  displayName: string;
  bot: boolean;
  chats: boolean;
  /** The description as it was typed. */
  note: string;
  locked: boolean;
  disabled: boolean;
  readonly local: boolean;
  readonly createdAt: number;
  readonly password: string;
  /** Ids of the accounts that it follows. */
  readonly follows: Set<string>;
};

export type Media = {
  readonly id: string;
  readonly owner: string;
  description: string | null;
  readonly mimeType: string;
  /** SHA-256 of the file. */
  readonly digest: string;
  readonly url: string;
};

export type Status = {
  readonly id: string;
  readonly author: Account;
  readonly uri: string;
  readonly url: string;
  html: string;
  /** The text as it was typed; for a post of another server its HTML. */
  source: string;
  contentType: string;
  spoiler: string;
  sensitive: boolean;
  readonly visibility: Visibility;
  /** Whom it is addressed to by name. Fixed for good when it was made: an edit changes nothing here. */
  readonly addressed: readonly Account[];
  readonly createdAt: number;
  editedAt: number | undefined;
  /** Each text that it had, the present one last. */
  readonly versions: string[];
  readonly inReplyTo: Status | undefined;
  readonly reblogOf: Status | undefined;
  readonly context: string;
  /** The number that Pleroma gives a direct conversation in the eyes of who posted. */
  readonly directConversation: number | null;
  media: readonly Media[];
  /** The language that it was posted with. Pleroma 2.7.0 takes it, and never gives it back. */
  readonly language: string | undefined;
  /** The program that posted it; forgotten by Pleroma once the post was edited. */
  app: string | undefined;
  deleted: boolean;
  readonly favourites: Set<string>;
  readonly reactions: Map<string, Set<string>>;
};

export type Notice = {
  readonly id: number;
  readonly to: Account;
  readonly from: Account;
  readonly type: string;
  readonly status: Status | undefined;
  readonly emoji: string | undefined;
  readonly createdAt: number;
};

export type App = { readonly clientId: string; readonly clientSecret: string; readonly name: string };

export type Token = {
  readonly value: string;
  /** Nobody for a token of an app alone. */
  readonly account: Account | undefined;
  readonly scopes: readonly string[];
  readonly app: App;
};

/** Something that open streams are told of. `to`: whose streams. */
export type Happening =
  | { readonly kind: "notification"; readonly to: Account; readonly notice: Notice }
  | { readonly kind: "update" | "status.update"; readonly to: Account; readonly status: Status }
  | { readonly kind: "delete"; readonly to: Account; readonly id: string }
  | { readonly kind: "revoked"; readonly token: string };

export class World {
  readonly accounts: Account[] = [];
  readonly statuses = new Map<string, Status>();
  readonly notices: Notice[] = [];
  readonly media = new Map<string, Media>();
  readonly tokens = new Map<string, Token>();
  readonly apps = new Map<string, App>();
  /** Whether streams hear of a new post before they hear of the notification: the real one does both. */
  updateFirst = false;
  /** Told of everything that happens, at once. */
  tell: (happening: Happening) => void = () => undefined;
  readonly now: () => number;
  /** Scheme and host under which the server's accounts and posts have their ids. */
  origin = "";
  readonly #flake: () => string;
  readonly #numbers = new Map<string, number>();

  constructor(now: () => number) {
    this.now = now;
    this.#flake = flakes(now);
  }

  /** The host name of the server's own accounts. */
  get domain(): string {
    return new URL(this.origin).hostname;
  }

  /** A sortable id of 18 characters, as Pleroma gives to accounts and posts. */
  id(): string {
    return this.#flake();
  }

  /** The next whole number of its kind, as Pleroma counts them for the whole server. */
  number(kind: "notification" | "media" | "conversation" | "token" | "app"): number {
    const next = (this.#numbers.get(kind) ?? 0) + 1;
    this.#numbers.set(kind, next);
    return next;
  }

  /** Fails where nobody has that nickname, acct or id. */
  account(name: string): Account {
    const found = this.accounts.find((one) => one.id === name) ?? this.accounts.find((one) => one.acct === name);
    if (found === undefined) throw new Error(`the stand-in knows no account ${name}`);
    return found;
  }

  /** A post that is there; none where it was deleted or never was. */
  status(id: string): Status | undefined {
    const found = this.statuses.get(id);
    return found === undefined || found.deleted ? undefined : found;
  }

  followersOf(account: Account): readonly Account[] {
    return this.accounts.filter((one) => one.follows.has(account.id));
  }
}
