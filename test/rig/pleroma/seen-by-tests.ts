/** What a test gives the stand-in, and what it is shown of it. */
import type { Status } from "./world.ts";

export type PleromaOptions = {
  /** Nicknames of the server's own accounts. */
  readonly users: readonly string[];
  readonly limits?: {
    /** Creations and deletions that a user may make in a window. */
    readonly posts?: number;
    readonly windowMs?: number;
    /** Of a post's text and content warning together. */
    readonly characters?: number;
    readonly uploadBytes?: number;
  };
  readonly idempotencyMs?: number;
  readonly pingMs?: number;
  /** The stand-in's clock, milliseconds since 1970. */
  readonly now?: () => number;
  /**
   * Under which the server's accounts have their ids, e.g. `https://social.example.org`, while it is reached at
   * `url`; by default `url` itself, as where the recordings were made.
   */
  readonly origin?: string;
};

export type PleromaUser = {
  readonly id: string;
  readonly apId: string;
  readonly acct: string;
  readonly password: string;
  readonly token: string;
};

/** A post as a test looks at it. */
export type PleromaPost = {
  readonly id: string;
  readonly uri: string;
  /** As it was typed. */
  readonly text: string;
  readonly html: string;
  readonly visibility: string;
  readonly inReplyTo: string | undefined;
  /** The accts of those whom it is addressed to by name. */
  readonly addressed: readonly string[];
  readonly spoiler: string;
  readonly language: string | undefined;
  readonly createdAt: number;
  readonly editedAt: number | undefined;
  /** Each text that it had, the present one last. */
  readonly versions: readonly string[];
  readonly deleted: boolean;
  readonly pictures: readonly {
    readonly description: string | null;
    readonly mimeType: string;
    /** SHA-256 of the file. */
    readonly digest: string;
  }[];
};

/** A post that another server sent. */
export type RemoteNote = {
  readonly acct: string;
  readonly apId: string;
  readonly html: string;
  readonly visibility: string;
  readonly uri: string;
  /** The sending server's word. */
  readonly createdAt?: number;
  /** Nicknames of the server's own accounts to which it is addressed. */
  readonly mentions: readonly string[];
  readonly inReplyTo?: string;
};

/** What a test is shown of a post. */
export function shown(status: Status): PleromaPost {
  return {
    id: status.id,
    uri: status.uri,
    text: status.source,
    html: status.html,
    visibility: status.visibility,
    inReplyTo: status.inReplyTo?.id,
    addressed: status.addressed.map((one) => one.acct),
    spoiler: status.spoiler,
    language: status.language,
    createdAt: status.createdAt,
    editedAt: status.editedAt,
    versions: [...status.versions],
    deleted: status.deleted,
    pictures: status.media.map(({ description, mimeType, digest }) => ({ description, mimeType, digest })),
  };
}
