/** How an account looks as JSON: the same keys as in the recordings, in their order. */
import { render } from "./rendering.ts";
import type { Account, World } from "./world.ts";

/** Times come without their milliseconds. */
export function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}.000Z`;
}

/**
 * An account as somebody sees it: its owner sees more of it than others, of their settings more when they change them,
 * and more again when they verify who they are.
 */
export function accountView(
  world: World,
  account: Account,
  viewer: Account | undefined,
  asking: "settings" | "verifying" | undefined = undefined,
): object {
  const own = account === viewer;
  // Those that not everybody may read do not count (recording 030).
  const posts = [...world.statuses.values()].filter(
    (one) => one.author === account && !one.deleted && ["public", "unlisted", "local"].includes(one.visibility),
  );
  const note = render(account.note, world.origin, () => undefined).html;
  const unread = world.notices.filter((one) => one.to === account).length;
  return {
    acct: account.acct,
    avatar: `${world.origin}/images/avi.png`,
    avatar_static: `${world.origin}/images/avi.png`,
    bot: account.bot,
    created_at: time(account.createdAt),
    display_name: account.displayName,
    emojis: [],
    fields: [],
    ...(own ? { follow_requests_count: 0 } : {}),
    followers_count: world.followersOf(account).length,
    following_count: account.follows.size,
    fqn: account.local ? `${account.nickname}@${world.domain}` : account.acct,
    header: `${world.origin}/images/banner.png`,
    header_static: `${world.origin}/images/banner.png`,
    id: account.id,
    last_status_at: posts.length === 0 ? null : time(Math.max(...posts.map((one) => one.createdAt))).slice(0, 10),
    locked: account.locked,
    note,
    pleroma: {
      accepts_chat_messages: account.chats,
      ...(own ? { allow_following_move: true } : {}),
      also_known_as: [],
      ap_id: account.apId,
      background_image: null,
      ...(own ? { birthday: null } : {}),
      ...(asking === "verifying" ? { chat_token: "SFMyNTY.stand-in" } : {}),
      ...(own ? { email: `${account.nickname}@example.org` } : {}),
      favicon: null,
      hide_favorites: true,
      hide_followers: false,
      hide_followers_count: false,
      hide_follows: false,
      hide_follows_count: false,
      is_admin: false,
      is_confirmed: true,
      is_moderator: false,
      is_suggested: false,
      ...(own ? { notification_settings: { block_from_strangers: false, hide_notification_contents: false } } : {}),
      privileges: [],
      relationship: {},
      ...(asking === undefined ? {} : { settings_store: {} }),
      skip_thread_containment: false,
      tags: [],
      ...(own ? { unread_conversation_count: 0, unread_notifications_count: unread } : {}),
    },
    source: {
      fields: [],
      note: account.note,
      pleroma: {
        actor_type: account.bot ? "Service" : "Person",
        discoverable: false,
        ...(own ? { no_rich_text: false, show_birthday: false, show_role: true } : {}),
      },
      ...(own ? { privacy: "public" } : {}),
      sensitive: false,
    },
    statuses_count: posts.length,
    url: account.url,
    username: account.nickname,
  };
}
