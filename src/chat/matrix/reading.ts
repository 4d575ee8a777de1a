/** What an event is to the bot, from the event alone. */
import { afterMention } from "../../conversation/mention.ts";
import { firstLine, maximumText, visible } from "../../conversation/words.ts";
import type { MatrixEvent } from "./events.ts";
import { leadingPill } from "./pill.ts";

export type Reading =
  | { readonly kind: "nothing"; readonly why: string }
  | {
      readonly kind: "words";
      /** What follows the mention; undefined where none leads the text. */
      readonly addressed: string | undefined;
      /** The first line as it stands: what is meant where the bot is the only listener. */
      readonly plain: string;
      /** The event that the thread hangs on. */
      readonly thread: string;
    };

const nothing = (why: string): Reading => ({ kind: "nothing", why });

/** `handles`: how the bot is called in text. */
export function read(event: MatrixEvent, self: string, handles: readonly string[]): Reading {
  const { type, sender, content } = event;
  if (sender === self) return nothing("own");
  if (event.state_key !== undefined) return nothing("state");
  if (event.unsigned?.redacted_because !== undefined) return nothing("redacted");
  if (type !== "m.room.message") return nothing("no message");
  const relation = recordOf(content["m.relates_to"]);
  if (relation?.rel_type === "m.replace" || content["m.new_content"] !== undefined) return nothing("an edit");
  // Bots speak in notices, and none answers another; captions of pictures are no commands.
  if (content.msgtype !== "m.text" || typeof content.body !== "string") return nothing("no text");
  const body = recordOf(relation?.["m.in_reply_to"]) === undefined ? content.body : withoutFallback(content.body);
  const html =
    content.format === "org.matrix.custom.html" && typeof content.formatted_body === "string"
      ? content.formatted_body
      : "";
  const root = relation?.rel_type === "m.thread" ? relation.event_id : undefined;
  return {
    kind: "words",
    addressed: afterMention(body, [...handles, ...leadingPill(html, self)]),
    plain: firstLine(visible(body.slice(0, 4 * maximumText))).slice(0, maximumText + 1),
    thread: typeof root === "string" && root !== "" ? root : event.event_id,
  };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** Older clients quote what they reply to, in lines that begin with `> ` and before an empty one: somebody else's words. */
function withoutFallback(body: string): string {
  if (!body.startsWith("> ")) return body;
  const lines = body.split("\n");
  const own = lines.findIndex((line) => !line.startsWith("> ") && line !== ">");
  return own === -1 ? "" : lines.slice(own).join("\n");
}
