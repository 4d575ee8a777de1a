/** What of a notification is a command, from the notification alone. */
import { z } from "zod";
import { firstLine, maximumText, visible } from "../../conversation/words.ts";
import { type Account, accountSchema, idSchema, isLocal, type Self } from "./account.ts";
import { htmlToLines, type Line, type Piece } from "./html-to-lines.ts";

const statusSchema = z.looseObject({
  id: idSchema,
  uri: z.string().min(1).max(2048),
  account: accountSchema,
  content: z.string(),
  created_at: z.iso.datetime({ offset: true }),
  visibility: z.string().max(100),
  edited_at: z.unknown().optional(),
  reblog: z.unknown().optional(),
  language: z.string().nullish(),
  mentions: z.array(z.looseObject({ id: z.string(), url: z.string().nullish() })).nullish(),
  pleroma: z.looseObject({ context: z.string().nullish() }).nullish(),
});
export type Status = z.infer<typeof statusSchema>;

const mentionSchema = z.looseObject({ account: accountSchema, status: statusSchema });

export type Reading =
  | { readonly kind: "nothing"; readonly why: string }
  | {
      readonly kind: "words";
      /** Who said it, as far as the notification goes: to be looked up before it is believed. */
      readonly account: Account & { readonly actor: string };
      readonly status: Status;
      /** What follows the mention, on the first line. */
      readonly text: string;
      /** Whether nobody but its author and the bot is mentioned or addressed, as far as the server tells. */
      readonly alone: boolean;
    };

const nothing = (why: string): Reading => ({ kind: "nothing", why });
const set = (value: unknown): boolean => value !== undefined && value !== null;

/** `notification`: raw, as the server sent it. */
export function read(notification: unknown, self: Self): Reading {
  if (!isMention(notification)) return nothing("no mention");
  const parsed = mentionSchema.safeParse(notification);
  if (!parsed.success) return nothing("not readable");
  const { account, status } = parsed.data;
  const { actor } = account;
  if (account.id === self.id) return nothing("own");
  if (account.id !== status.account.id || actor === undefined || actor !== status.account.actor)
    return nothing("not its author's");
  if (account.bot || status.account.bot) return nothing("a bot");
  if (account.moved || status.account.moved) return nothing("moved");
  if (set(status.edited_at)) return nothing("edited");
  if (set(status.reblog)) return nothing("boosted");
  const found = addressed(status.content, self, isLocal(self, { acct: account.acct, actor }));
  if (found === undefined) return nothing("not addressed");
  const mentioned = status.mentions ?? [];
  const alone = found.alone && mentioned.every(({ id, url }) => isEither(id, url, account, self));
  return { kind: "words", account: { ...account, actor }, status, text: found.text, alone };
}

const isMention = (notification: unknown): boolean =>
  typeof notification === "object" &&
  notification !== null &&
  "type" in notification &&
  notification.type === "mention";

/** snac2 numbers the mentions of a post instead of telling account ids. */
function isEither(id: string, url: string | null | undefined, account: Account, self: Self): boolean {
  if (id === self.id || id === account.id) return true;
  return typeof url === "string" && (self.links.includes(url) || url === account.actor);
}

/** No post that a person writes is longer; what is cut off cannot have been read as a part of the first line. */
const furthest = 100_000;

/**
 * What follows a leading mention of the bot; undefined where none leads, or where others are mentioned right behind it: then
 * it is not for the bot alone. `local`: a short handle that is no link means an account of the writer's own server.
 */
export function addressed(
  html: string,
  self: Self,
  local: boolean,
): { readonly text: string; readonly alone: boolean } | undefined {
  const lines = htmlToLines(html.slice(0, furthest)).map(joined);
  const at = lines.findIndex((line) => !isBlank(line));
  const line = lines[at];
  if (line === undefined) return undefined;
  const rest = afterMentions(line, self, local);
  if (rest === undefined) return undefined;
  const alone = lines.every((one) => one.every((piece) => !isMentionLink(piece) || isBot(piece, self)));
  const text = firstLine(visible(textOf(rest))).slice(0, maximumText + 1);
  const whole = html.length <= furthest || at < lines.length - 1;
  // Half a command is another command: it is made too long, so that it is refused whole.
  return { text: whole ? text : text.padEnd(maximumText + 1, "…"), alone };
}

/** The rest of a line that mentions of the bot lead, and of nobody else. A space must follow a mention, or a colon and one. */
function afterMentions(line: Line, self: Self, local: boolean): Line | undefined {
  let mentioned = false;
  let glued = false;
  for (const [index, piece] of line.entries()) {
    if (isBot(piece, self)) {
      mentioned = true;
      glued = true;
      continue;
    }
    let text = visible(piece.text);
    if (text === "") continue;
    if (isMentionLink(piece) || (glued && !/^[:,]?(?:\s|$)/u.test(text))) return undefined;
    if (glued) text = text.replace(/^[:,]/u, "");
    glued = false;
    text = text.trimStart();
    while (piece.href === undefined) {
      const behind = afterHandle(text, self, local);
      if (behind === undefined) break;
      mentioned = true;
      text = behind.trimStart();
    }
    if (text === "") continue;
    return mentioned && !/^[@＠]/u.test(text) ? [{ ...piece, text }, ...line.slice(index + 1)] : undefined;
  }
  return mentioned ? [] : undefined;
}

/** Pieces of one link, and those of none, put together: markup within a link parts it (`@<span>manchot</span>`). */
function joined(line: Line): Line {
  const pieces: Piece[] = [];
  let texts: string[] = [];
  for (const [index, piece] of line.entries()) {
    texts.push(piece.text);
    const next = line[index + 1];
    if (next !== undefined && next.href === piece.href && next.hashtag === piece.hashtag) continue;
    pieces.push({ ...piece, text: texts.join("") });
    texts = [];
  }
  return pieces;
}

/** A link to the bot that says so: another text on it would deceive whoever reads the post. */
function isBot({ href, text, hashtag }: Piece, self: Self): boolean {
  if (href === undefined || hashtag || !self.links.includes(href)) return false;
  const said = visible(text).trim().toLowerCase();
  return handlesOf(self).some((handle) => said === handle.toLowerCase());
}

/** Any link whose text begins as mentions do. */
const isMentionLink = ({ href, text, hashtag }: Piece): boolean =>
  href !== undefined && !hashtag && /^[\s\p{C}]*[@＠]/u.test(text);

/** Handles that a server left as text, to the letter. */
function afterHandle(text: string, self: Self, local: boolean): string | undefined {
  for (const handle of local ? handlesOf(self) : handlesOf(self).slice(0, 1)) {
    if (!text.startsWith(handle)) continue;
    const rest = /^[:,]?(?=\s|$)/u.exec(text.slice(handle.length));
    if (rest !== null) return text.slice(handle.length + rest[0].length);
  }
  return undefined;
}

const handlesOf = ({ name, domain }: Self): readonly string[] => [`@${name}@${domain}`, `@${name}`];

const textOf = (pieces: Line): string => pieces.map(({ text }) => text).join("");
const isBlank = (line: Line): boolean => visible(textOf(line)).trim() === "";
