/** The text of an answer as posts: whom it is for leads each of them, and nobody else is mentioned. */
import type { Answer } from "../../conversation/answer.ts";
import { short } from "../../conversation/render/short.ts";
import type { Self } from "./account.ts";
import { split } from "./split.ts";

/** Room in the last post of an answer with a picture: for the words that say why it is missing, and the line's end. */
export const missingLength = 230;

/**
 * At least one post: the same ones, whatever becomes of the answer's picture. `acct`: the handle by which the bot's server
 * knows who asked, now.
 */
export function textsOf(answer: Answer, acct: string, self: Self): readonly string[] {
  const mention = `@${acct} `;
  const text = short(answer);
  // Others than Pleroma find mentions inside words too, or nobody has looked: `web@monday` would call an account `monday`.
  const safe = self.pleroma ? text : text.replace(/[@＠](?!\u200b)/gu, "$&\u200b");
  const most = self.maximumPost - lengthOf(mention);
  const room = answer.picture === undefined ? 0 : Math.min(missingLength, Math.floor(most / 2));
  return split(safe, most - room).map((part) => mention + part);
}

/** The text of such a last post, with why the picture is missing: in the room that was left for it. */
export function withMissing(text: string, missing: string, self: Self): string {
  return [...`${text}\n${missing}`].slice(0, self.maximumPost).join("");
}

/** As servers count, or more: code points, where Pleroma counts what looks like one letter. */
export const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length++;
  return length;
};
