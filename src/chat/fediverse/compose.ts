/** The text of an answer as posts: whom it is for leads each of them, and nobody else is mentioned. */
import type { Answer } from "../../conversation/answer.ts";
import { short } from "../../conversation/render/short.ts";
import type { Self } from "./account.ts";
import { split } from "./split.ts";

/** At least one post. `acct`: the handle by which the bot's server knows who asked, now. */
export function textsOf(answer: Answer, acct: string, self: Self): readonly string[] {
  const mention = `@${acct} `;
  const text = short(answer);
  // Others than Pleroma find mentions inside words too, or nobody has looked: `web@monday` would call an account `monday`.
  const safe = self.pleroma ? text : text.replace(/[@＠](?!\u200b)/gu, "$&\u200b");
  return split(safe, self.maximumPost - lengthOf(mention)).map((part) => mention + part);
}

/** As servers count, or more: code points, where Pleroma counts what looks like one letter. */
export const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length++;
  return length;
};
