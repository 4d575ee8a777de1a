/** The bot's own posts on its server: made, edited, and looked for where it is not known whether one was made. */
import { z } from "zod";
import { visible } from "../../conversation/words.ts";
import type { Language } from "../port.ts";
import { idSchema, type Self } from "./account.ts";
import { htmlToLines } from "./html-to-lines.ts";
import type { Http, Reply } from "./http.ts";
import type { Width } from "./visibility.ts";

export type Draft = {
  readonly text: string;
  readonly language: Language;
  readonly visibility: Width;
  /** The status that it replies to. */
  readonly parent: string;
  /** The ids of the pictures that go with it. */
  readonly media: readonly string[];
  /** Whether a few words of why a picture is missing may have been added to the text by an earlier try. */
  readonly openEnd: boolean;
};

const madeSchema = z.looseObject({ id: idSchema }).transform(({ id }) => id);

/** Its id. Servers that know idempotency keys make one post of a key, whatever happens. */
export function make(http: Http, draft: Draft, key: string): Promise<Reply<string>> {
  const { text, language, visibility, parent, media } = draft;
  const body = { ...textBody(text, media), visibility, language, in_reply_to_id: parent };
  return http.call({ method: "POST", path: "/api/v1/statuses", body, key, answer: madeSchema });
}

/** Who can read it, and its language, stay as they were. */
export function edit(http: Http, id: string, { text, media }: Draft): Promise<Reply<string>> {
  const path = `/api/v1/statuses/${encodeURIComponent(id)}`;
  return http.call({ method: "PUT", path, body: textBody(text, media), answer: madeSchema });
}

const textBody = (text: string, media: readonly string[]) => ({
  status: text,
  content_type: "text/plain",
  ...(media.length === 0 ? {} : { media_ids: media }),
});

const foundSchema = z.looseObject({
  id: idSchema,
  in_reply_to_id: z.string().nullish(),
  account: z.looseObject({ id: z.string() }),
  content: z.string(),
  text: z.string().nullish(),
});
type Found = z.infer<typeof foundSchema>;

const contextSchema = z.looseObject({ descendants: z.array(z.unknown()) });

/** Every post of the bot's in the conversation below a status. */
export async function ownBelow(http: Http, self: Self, status: string): Promise<Reply<readonly Found[]>> {
  const path = `/api/v1/statuses/${encodeURIComponent(status)}/context`;
  const reply = await http.call({ method: "GET", path, answer: contextSchema });
  if (reply.kind !== "ok") return reply;
  const found = reply.value.descendants.flatMap((one) => foundSchema.safeParse(one).data ?? []);
  return { kind: "ok", value: found.filter(({ account }) => account.id === self.id) };
}

/** Whether a post is what became of a draft. */
export function isMadeOf(found: Found, draft: Draft): boolean {
  if (found.in_reply_to_id !== draft.parent) return false;
  if (found.text === draft.text) return true;
  const lines = htmlToLines(found.content).map((line) => line.map(({ text }) => text).join(""));
  const [made, wanted] = [essence(lines), essence(draft.text.split("\n"))];
  return made === wanted || (draft.openEnd && made.startsWith(`${wanted} `));
}

/** What servers leave as it is: not how a handle is written, nor how much space there is. */
function essence(lines: readonly string[]): string {
  const words = visible(lines.join("\n")).normalize("NFC").split(/\s+/u);
  return words
    .map((word) => word.replace(/^(@[^@]+)@.*$/u, "$1"))
    .join(" ")
    .trim();
}
