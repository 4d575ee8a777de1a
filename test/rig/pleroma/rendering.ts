/**
 * From typed text to the HTML that Pleroma 2.7.0 shows, for `text/plain`: what becomes a link, a hashtag, a mention.
 * The rules are those of its Linkify: a word is a mention only as a whole, and `@name@host` only where the host ends
 * in a real top-level domain. (So `@alice@127.0.0.1` is none, in recording 222 too.)
 */
import type { Account } from "./world.ts";

/** Some real top-level domains: enough for tests. `test`, `invalid` and `example` are none. */
const topLevel = new Set(["org", "net", "com", "fr", "eu", "coop", "social", "be", "de", "ch"]);

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export type Rendered = {
  readonly html: string;
  readonly mentions: readonly Account[];
  readonly tags: readonly string[];
};

/** `find` looks up an account by `name` or `name@host`. */
export function render(typed: string, origin: string, find: (nickname: string) => Account | undefined): Rendered {
  const mentions = new Set<Account>();
  const tags = new Set<string>();
  const word = (escaped: string): string => {
    const core = stripped(escaped);
    const link = (inner: string) => escaped.replace(core, () => inner);
    if (isLink(core)) {
      const href = /^https?:\/\//u.test(core) ? core : `http://${core}`;
      return link(`<a href="${href}" rel="ugc">${core}</a>`);
    }
    const tag = /^#[\p{L}\p{N}_]*[\p{L}_·][\p{L}\p{N}_·\p{M}]*/u.exec(core)?.[0];
    if (tag !== undefined) {
      const name = tag.slice(1).toLowerCase();
      tags.add(name);
      return escaped.replace(
        tag,
        () => `<a class="hashtag" data-tag="${name}" href="${origin}/tag/${name}">${tag}</a>`,
      );
    }
    const mentioned = core.replace(/\.+$/u, "");
    const nickname = /^@([a-zA-Z\d_-]+(?:@[^@]+)?)$/u.exec(mentioned)?.[1];
    if (nickname === undefined || !resolvable(nickname)) return escaped;
    const account = find(nickname);
    if (account === undefined) return escaped;
    mentions.add(account);
    return escaped.replace(mentioned, () => mentionOf(account));
  };
  const html = escaped(typed.trim())
    .split(/([ \r\n])/u)
    .map((part) => (/^[ \r\n]?$/u.test(part) ? part : word(part)))
    .join("")
    .replace(/\r?\n/gu, "<br/>");
  return { html, mentions: [...mentions], tags: [...tags] };
}

/** The mention of an account, as it stands in the HTML of a post. */
export function mentionOf(account: Account): string {
  return `<span class="h-card"><a class="u-url mention" data-user="${account.id}" href="${account.apId}" rel="ugc">@<span>${account.nickname}</span></a></span>`;
}

/** Pleroma's plain text of a post: its tags simply gone, so that lines run together. */
export function plain(html: string): string {
  return html
    .replace(/<[^>]*>/gu, "")
    .replace(/&lt;/gu, "<")
    .replace(/&gt;/gu, ">")
    .replace(/&quot;/gu, '"')
    .replace(/&#39;/gu, "'")
    .replace(/&amp;/gu, "&");
}

/** The tags of a post. */
export function tagsOf(html: string): readonly string[] {
  return [...html.matchAll(/data-tag="([^"]+)"/gu)].map((found) => found[1] ?? "");
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (found) => escapes[found] ?? found);
}

/**
 * Without what Linkify takes off a word before it looks: a genitive, closing punctuation, brackets round it. Whether it
 * knows a genitive behind an escaped apostrophe is not recorded: here it does, so that rather more people are reached.
 */
function stripped(word: string): string {
  const core = word.replace(/(?:&#39;(?:s|ll|d)?)$/u, "").replace(/[,;:>?!]*$/u, "");
  return core.endsWith(")") && !core.slice(1, -1).includes("(") ? core.replace(/^\(/u, "").slice(0, -1) : core;
}

function isLink(word: string): boolean {
  if (/^https?:\/\/[\w.-]+(?:\.[\w.-]+)+\S*$/u.test(word)) return true;
  const host = /^([\w-]+(?:\.[\w-]+)+)(?:[/?#:]\S*)?$/u.exec(word)?.[1];
  return host !== undefined && topLevel.has(host.split(".").at(-1) ?? "");
}

function resolvable(nickname: string): boolean {
  const host = nickname.split("@")[1];
  return host === undefined || (/^[\w.-]+$/u.test(host) && topLevel.has(host.split(".").at(-1) ?? ""));
}
