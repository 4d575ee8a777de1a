/** The contents of the events that make up one post: threaded, or an edit; with the mentions that are meant, and no others. */
import type { Answer, Picture, Tone } from "../../conversation/answer.ts";
import { cleanLine, quiet } from "../../conversation/render/clean.ts";
import { html } from "../../conversation/render/html.ts";
import { plain } from "../../conversation/render/plain.ts";
import type { Outgoing } from "../port.ts";
import { split } from "./split.ts";

/** An event may have 65 536 bytes. Encrypted it grows by a third, and what homeservers add needs room. Bytes of JSON. */
const mostBytes = 44 * 1024;

/** The words: one content, or several where they are too long for one event; only the first of them edits. */
export function contentsOf(post: Outgoing): readonly object[] {
  const whole = (part: Answer): object =>
    post.edits === undefined ? inThread(post, part) : edit(post, part, post.edits);
  const parts = split(post.answer, (part) => Buffer.byteLength(JSON.stringify(whole(part))) <= mostBytes);
  return parts.map((part, index) => (index === 0 ? whole(part) : inThread(post, part, {})));
}

/** Clients call those named here, and nobody else. Who asked is called for the end, not for each step on the way. */
function mentions({ answer, account }: Outgoing): object {
  return answer.tone === "progress" ? {} : { user_ids: [account] };
}

const calling: readonly Tone[] = ["done", "failed", "question"];

/**
 * A notice, which calls nobody: the push rules let notices pass in silence before they look at mentions. So the end of a
 * change, which people wait for and walk away from, is a text, and so is what it wants of them on its way. No loop comes of it: a mention of the other must lead
 * what a bot is to answer, and none of these begins with one.
 */
const message = (
  answer: Answer,
): { readonly body: string; readonly formatted_body: string; readonly [key: string]: unknown } => ({
  msgtype: calling.includes(answer.tone) ? "m.text" : "m.notice",
  body: plain(answer),
  format: "org.matrix.custom.html",
  formatted_body: html(answer),
});

/** Where a picture that was handed over lies: in clear, or encrypted, with its key. */
export type Place = { readonly url: string } | { readonly file: Readonly<Record<string, unknown>> };

/** A picture that was handed over: it stands behind the words, and calls nobody. */
export function pictureContent(post: Outgoing, picture: Picture, place: Place): object {
  return {
    msgtype: "m.image",
    // Clients show it below the picture, since the file has a name of its own, and read it out in the picture's place.
    body: quiet(cleanLine(picture.alt)),
    filename: picture.name,
    ...place,
    info: {
      mimetype: "image/png",
      size: Buffer.byteLength(picture.png, "base64"),
      w: picture.width,
      h: picture.height,
    },
    ...relation(post, {}),
  };
}

/** In the place of a picture that is not shown. */
export const missingContent = (post: Outgoing, words: string): object =>
  inThread(post, { tone: post.answer.tone, blocks: [{ kind: "text", text: words }] }, {});

const inThread = (post: Outgoing, answer: Answer, called = mentions(post)): object => ({
  ...message(answer),
  ...relation(post, called),
});

function relation(post: Outgoing, called: object): object {
  return {
    "m.mentions": called,
    "m.relates_to": {
      rel_type: "m.thread",
      event_id: post.venue.thread,
      is_falling_back: true,
      "m.in_reply_to": { event_id: post.inReplyTo },
    },
  };
}

function edit(post: Outgoing, answer: Answer, edited: string): object {
  const now = message(answer);
  return {
    ...now,
    body: `* ${now.body}`,
    formatted_body: `* ${now.formatted_body}`,
    "m.mentions": mentions(post),
    "m.new_content": { ...now, "m.mentions": mentions(post) },
    "m.relates_to": { rel_type: "m.replace", event_id: edited },
  };
}
