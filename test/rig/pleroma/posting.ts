/** What posting, editing, deleting and boosting do: who is addressed, who is told, what is refused. */
import { randomUUID } from "node:crypto";
import { notify } from "./notifications.ts";
import { type Rendered, render } from "./rendering.ts";
import type { Account, Media, Status, World } from "./world.ts";

const widths = new Set(["public", "local", "unlisted", "private", "direct"]);

export type Draft = {
  readonly text: string;
  readonly visibility?: string | undefined;
  readonly inReplyTo?: string | undefined;
  readonly spoiler?: string | undefined;
  readonly sensitive?: boolean | undefined;
  readonly contentType?: string | undefined;
  readonly media?: readonly string[] | undefined;
  readonly language?: string | undefined;
  /** Nicknames to address in place of those that the text mentions. */
  readonly to?: readonly string[] | undefined;
  readonly app?: string | undefined;
};

/** A refusal, in Pleroma's words. */
export type Refused = { readonly status: number; readonly error: string };

export function post(world: World, author: Account, draft: Draft, characters: number): Status | Refused {
  const refused = (error: string): Refused => ({ status: 422, error });
  const text = draft.text.trim();
  const media = mediaOf(world, author, draft.media);
  const full = (text + (draft.spoiler ?? "")).trim();
  if ([...full].length > characters) return refused("The status is over the character limit");
  if (full === "" && media.length === 0) return refused("Cannot post an empty status without attachments");
  const parent = draft.inReplyTo === undefined ? undefined : world.status(draft.inReplyTo);
  if (draft.inReplyTo !== undefined && parent === undefined) return refused("Cannot reply to a deleted status");
  // A width that Pleroma does not know is public (recording 116), or as wide as what it answers.
  const asked = draft.visibility;
  const visibility = asked !== undefined && widths.has(asked) ? asked : (parent?.visibility ?? "public");
  if (parent?.visibility === "direct" && visibility !== "direct") {
    return refused("The message visibility must be direct");
  }
  const rendered = rendering(world, text);
  const named = draft.to === undefined ? rendered.mentions : draft.to.map((name) => world.account(name));
  const implicit =
    parent !== undefined && (!["direct", "private"].includes(visibility) || parent.visibility === "direct");
  const addressed = implicit ? [parent.author, ...named] : named;
  return publish(world, {
    author,
    html: rendered.html,
    source: text,
    contentType: draft.contentType ?? "text/plain",
    spoiler: draft.spoiler ?? "",
    sensitive: draft.sensitive ?? false,
    visibility,
    addressed: [...new Set(addressed)].sort((one, other) => (one.apId < other.apId ? -1 : 1)),
    inReplyTo: parent,
    media,
    language: draft.language,
    app: draft.app,
  });
}

export function edit(world: World, status: Status, draft: Draft, characters: number): Refused | undefined {
  const text = draft.text.trim();
  // The real one answers so, and not 422 as for a new post (recording 120).
  if ([...text, ...(draft.spoiler ?? "")].length > characters) return { status: 400, error: "internal_server_error" };
  replaceText(world, status, rendering(world, text).html, text);
  status.contentType = draft.contentType ?? "text/plain";
  status.spoiler = draft.spoiler ?? "";
  status.sensitive = draft.sensitive ?? false;
  status.media = mediaOf(world, status.author, draft.media);
  return undefined;
}

/** A new text for a post. Nobody hears of it as a notification but who boosted it; whom it names does not count. */
export function replaceText(world: World, status: Status, html: string, source: string): void {
  status.html = html;
  status.source = source;
  status.versions.push(source);
  status.editedAt = world.now();
  status.app = undefined;
  for (const one of world.statuses.values()) {
    if (one.reblogOf === status && !one.deleted && one.author !== status.author) {
      notify(world, one.author, status.author, "update", status);
    }
  }
  for (const to of readers(world, status)) world.tell({ kind: "status.update", to, status });
}

/** A post is gone, and with it every notification of it. */
export function remove(world: World, status: Status): void {
  const told = readers(world, status);
  status.deleted = true;
  for (let at = world.notices.length - 1; at >= 0; at -= 1) {
    if (world.notices[at]?.status === status) world.notices.splice(at, 1);
  }
  for (const to of told) world.tell({ kind: "delete", to, id: status.id });
}

export function boost(world: World, by: Account, status: Status): Status {
  const made = publish(world, {
    author: by,
    html: status.html,
    source: status.source,
    contentType: status.contentType,
    spoiler: "",
    sensitive: false,
    visibility: "public",
    addressed: [status.author],
    inReplyTo: undefined,
    media: [],
    language: undefined,
    app: undefined,
    reblogOf: status,
  });
  if (status.author !== by) notify(world, status.author, by, "reblog", status);
  return made;
}

type Made = Pick<
  Status,
  | "author"
  | "html"
  | "source"
  | "contentType"
  | "spoiler"
  | "sensitive"
  | "visibility"
  | "addressed"
  | "inReplyTo"
  | "media"
  | "language"
  | "app"
> & { readonly uri?: string; readonly url?: string; readonly createdAt?: number; readonly reblogOf?: Status };

/** Puts a post into the world, notifies whom it addresses, and tells the streams, in the order that the world says. */
export function publish(world: World, made: Made): Status {
  const id = world.id();
  const status: Status = {
    ...made,
    id,
    uri: made.uri ?? `${world.origin}/objects/${randomUUID()}`,
    url: made.url ?? `${world.origin}/notice/${id}`,
    createdAt: made.createdAt ?? world.now(),
    editedAt: undefined,
    versions: [made.source],
    reblogOf: made.reblogOf,
    context: made.inReplyTo?.context ?? `${world.origin}/contexts/${randomUUID()}`,
    directConversation: made.visibility === "direct" ? world.number("conversation") : null,
    deleted: false,
    favourites: new Set(),
    reactions: new Map(),
  };
  world.statuses.set(id, status);
  deliver(world, status);
  return status;
}

/** Notifies whom a post addresses, as each delivery of it does, and puts it before its readers. */
export function deliver(world: World, status: Status): void {
  const named = status.reblogOf === undefined ? status.addressed : [];
  const notified = named.filter((one) => one.local && one !== status.author);
  const updates = () => {
    for (const to of readers(world, status)) world.tell({ kind: "update", to, status });
  };
  if (world.updateFirst) updates();
  for (const to of notified) notify(world, to, status.author, "mention", status);
  if (!world.updateFirst) updates();
}

/** Whether somebody may read a post; nobody in particular for `undefined`. */
export function visible(status: Status, reader: Account | undefined): boolean {
  if (["public", "unlisted", "local"].includes(status.visibility)) return true;
  if (reader === undefined) return false;
  if (reader === status.author || status.addressed.includes(reader)) return true;
  return status.visibility === "private" && reader.follows.has(status.author.id);
}

/**
 * The server's own accounts that have the post in their timeline: who wrote it, whom it names, who follows. Nobody is
 * shown a boost of their own post (recording 064).
 */
function readers(world: World, status: Status): readonly Account[] {
  const followers = status.visibility === "direct" ? [] : world.followersOf(status.author);
  const all = new Set([status.author, ...status.addressed, ...followers]);
  return [...all].filter((one) => one.local && one !== status.reblogOf?.author);
}

function rendering(world: World, text: string): Rendered {
  return render(text, world.origin, (nickname) => {
    const [name, host] = nickname.split("@");
    const acct = host === undefined || host === world.domain ? name : nickname;
    return world.accounts.find((one) => one.acct === acct);
  });
}

/** Ids that are nobody's, or another's, are dropped without a word (recording 118). */
function mediaOf(world: World, owner: Account, ids: readonly string[] | undefined): readonly Media[] {
  return (ids ?? []).flatMap((id) => {
    const found = world.media.get(id);
    return found?.owner === owner.id ? [found] : [];
  });
}
