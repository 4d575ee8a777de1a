/** How posts and notifications look as JSON: the same keys as in the recordings, in their order. */
import { createHash } from "node:crypto";
import { accountView, time } from "./account-view.ts";
import { plain, tagsOf } from "./rendering.ts";
import type { Account, Media, Notice, Status, World } from "./world.ts";

/** What a view of a post depends on beside who looks. */
export type Eyes = {
  /** Fresh posts, and those on streams, do not name the program that made them. */
  readonly app?: boolean;
  readonly directConversation?: boolean;
  /** A post that is being deleted gives its text back. */
  readonly source?: boolean;
};

export function statusView(world: World, status: Status, viewer: Account | undefined, eyes: Eyes = {}): object {
  if (status.reblogOf !== undefined) return reblogView(world, status, status.reblogOf, viewer);
  return {
    account: accountView(world, status.author, viewer),
    application: eyes.app === true && status.app !== undefined ? { name: status.app, website: null } : null,
    bookmarked: false,
    card: null,
    content: status.html,
    created_at: time(status.createdAt),
    edited_at: status.editedAt === undefined ? null : time(status.editedAt),
    emojis: [],
    favourited: viewer !== undefined && status.favourites.has(viewer.id),
    favourites_count: status.favourites.size,
    id: status.id,
    in_reply_to_account_id: status.inReplyTo?.author.id ?? null,
    in_reply_to_id: status.inReplyTo?.id ?? null,
    language: null,
    media_attachments: status.media.map(mediaView),
    mentions: status.addressed.map(mentionView),
    muted: false,
    pinned: false,
    pleroma: {
      bookmark_folder: null,
      content: { "text/plain": plain(status.html) },
      context: status.context,
      conversation_id: createHash("sha256").update(status.context).digest().readUInt32BE(),
      direct_conversation_id: eyes.directConversation === true ? status.directConversation : null,
      emoji_reactions: [...status.reactions].map(([name, by]) => ({
        account_ids: [...by],
        count: by.size,
        me: viewer !== undefined && by.has(viewer.id),
        name,
        url: null,
      })),
      expires_at: null,
      in_reply_to_account_acct: status.inReplyTo?.author.acct ?? null,
      local: status.author.local,
      parent_visible: status.inReplyTo !== undefined,
      pinned_at: null,
      quote: null,
      quote_id: null,
      quote_url: null,
      quote_visible: false,
      quotes_count: 0,
      spoiler_text: { "text/plain": status.spoiler },
      thread_muted: false,
    },
    poll: null,
    reblog: null,
    reblogged: boostsOf(world, status).some((one) => one.author === viewer),
    reblogs_count: boostsOf(world, status).length,
    replies_count: [...world.statuses.values()].filter(
      (one) => one.inReplyTo === status && !one.deleted && ["public", "unlisted"].includes(one.visibility),
    ).length,
    sensitive: status.sensitive,
    spoiler_text: status.spoiler,
    tags: tagsOf(status.html).map((name) => ({ name, url: `${world.origin}/tag/${name}` })),
    text: eyes.source === true ? status.source : null,
    uri: status.uri,
    url: status.url,
    visibility: status.visibility,
  };
}

/** A boost: what it shows of itself is less than what a post shows. */
function reblogView(world: World, status: Status, of: Status, viewer: Account | undefined): object {
  return {
    account: accountView(world, status.author, viewer),
    application: null,
    bookmarked: false,
    content: of.html,
    created_at: time(status.createdAt),
    emojis: [],
    favourited: viewer !== undefined && of.favourites.has(viewer.id),
    favourites_count: 0,
    id: status.id,
    in_reply_to_account_id: null,
    in_reply_to_id: null,
    language: null,
    media_attachments: [],
    mentions: status.addressed.map(mentionView),
    muted: false,
    pinned: false,
    pleroma: { bookmark_folder: null, local: true, pinned_at: null },
    reblog: statusView(world, of, viewer, { app: true }),
    reblogged: boostsOf(world, of).some((one) => one.author === viewer),
    reblogs_count: 0,
    replies_count: 0,
    sensitive: false,
    spoiler_text: "",
    tags: [],
    uri: of.uri,
    url: of.uri,
    visibility: status.visibility,
  };
}

export function noticeView(world: World, notice: Notice, eyes: Eyes = {}): object {
  return {
    account: accountView(world, notice.from, notice.to),
    created_at: time(notice.createdAt),
    ...(notice.emoji === undefined ? {} : { emoji: notice.emoji, emoji_url: null }),
    id: String(notice.id),
    pleroma: { is_muted: false, is_seen: false },
    ...(notice.status === undefined ? {} : { status: statusView(world, notice.status, notice.to, eyes) }),
    type: notice.type,
  };
}

export function mediaView(media: Media): object {
  return {
    blurhash: null,
    description: media.description,
    id: media.id,
    pleroma: { mime_type: media.mimeType },
    preview_url: media.url,
    remote_url: media.url,
    text_url: media.url,
    type: media.mimeType.startsWith("image/") ? "image" : "unknown",
    url: media.url,
  };
}

function mentionView(account: Account): object {
  return { acct: account.acct, id: account.id, url: account.url, username: account.nickname };
}

function boostsOf(world: World, status: Status): readonly Status[] {
  return [...world.statuses.values()].filter((one) => one.reblogOf === status && !one.deleted);
}
