/** Posts: making, reading, editing, deleting. */
import { z } from "zod";
import { type Answer, accessDenied, fault, notFound, ok, refusal } from "./answer.ts";
import { type Draft, edit, post, remove, visible } from "./posting.ts";
import { owner } from "./rest-accounts.ts";
import { type Asked, anything, assumed, by, oneOf, type Row, text, texts, Unrecorded } from "./routes.ts";
import { statusView } from "./views.ts";
import type { Status } from "./world.ts";

const one = "/api/v1/statuses/:id";

export const statusRows: readonly Row[] = [
  {
    method: "POST",
    route: "/api/v1/statuses",
    basis: by("016"),
    scope: "write:statuses",
    keyed: true,
    counted: true,
    body: {
      status: text("016"),
      // Any word: what Pleroma does not know becomes public (recording 116).
      visibility: text("116"),
      in_reply_to_id: text("030"),
      // Markdown and HTML are not rendered here; a type that Pleroma does not know is plain text (recording 223).
      content_type: oneOf("016 223", "text/plain", "text/nope"),
      spoiler_text: text("026"),
      sensitive: anything("117"),
      language: { basis: by("031"), schema: z.string().regex(/^[a-z]{2}$/u) },
      media_ids: texts("051"),
      to: texts("032"),
    },
    answer: (asked) => {
      const { media_ids: media } = asked.body;
      // Neither text nor pictures: the real one falls over (recording 115).
      if (asked.body.status === undefined && media === undefined) return fault;
      if (asked.body.in_reply_to_id !== undefined && asked.body.visibility === undefined) inherited(asked);
      const made = post(asked.world, owner(asked), draft(asked), asked.settings.characters);
      if ("error" in made) return refusal(made);
      return ok(statusView(asked.world, made, asked.viewer, { directConversation: true }));
    },
  },
  {
    method: "GET",
    route: one,
    basis: by("018"),
    answer: (asked) => seen(asked, (status) => ok(statusView(asked.world, status, asked.viewer, { app: true }))),
  },
  {
    method: "PUT",
    route: one,
    basis: by("040"),
    scope: "write:statuses",
    body: {
      status: text("040"),
      content_type: oneOf("040", "text/plain"),
      media_ids: texts("055"),
      spoiler_text: {
        basis: assumed("in the schema of Pleroma's API for this call; one that is left out goes (040)"),
        schema: z.string(),
      },
      language: {
        basis: assumed("not in that schema, which takes other keys and leaves them; without effect, as in 031"),
        schema: z.string().regex(/^[a-z]{2}$/u),
      },
    },
    answer: (asked) =>
      seen(asked, (status) => {
        if (status.author !== asked.viewer) return accessDenied;
        if (asked.body.status === undefined) throw new Unrecorded("an edit without a text");
        const refused = edit(asked.world, status, draft(asked), asked.settings.characters);
        return refused === undefined ? ok(statusView(asked.world, status, asked.viewer)) : refusal(refused);
      }),
  },
  {
    method: "DELETE",
    route: one,
    basis: by("084"),
    scope: "write:statuses",
    counted: true,
    answer: (asked) =>
      seen(asked, (status) => {
        if (status.author !== asked.viewer) return notFound;
        const last = statusView(asked.world, status, asked.viewer, { app: true, source: true });
        remove(asked.world, status);
        return ok(last);
      }),
  },
  {
    method: "GET",
    route: `${one}/context`,
    basis: by("037"),
    answer: (asked) =>
      seen(asked, (status) => {
        const others = [...asked.world.statuses.values()].filter(
          (other) =>
            other !== status &&
            other.context === status.context &&
            other.reblogOf === undefined &&
            !other.deleted &&
            visible(other, asked.viewer),
        );
        const views = (some: readonly Status[]) =>
          some.map((other) => statusView(asked.world, other, asked.viewer, { app: true }));
        return ok({
          ancestors: views(others.filter((other) => other.id < status.id)),
          descendants: views(others.filter((other) => other.id > status.id)),
        });
      }),
  },
  {
    method: "GET",
    route: `${one}/source`,
    basis: by("019"),
    scope: "read:statuses",
    answer: (asked) =>
      seen(asked, (status) =>
        ok({
          content_type: status.contentType,
          id: status.id,
          spoiler_text: status.spoiler,
          text: status.source,
        }),
      ),
  },
];

/** A post that is there for who asks; 404 for any other. */
export function seen(asked: Asked, answer: (status: Status) => Answer): Answer {
  const status = asked.world.status(asked.ids.id ?? "");
  return status === undefined || !visible(status, asked.viewer) ? notFound : answer(status);
}

function draft(asked: Asked): Draft {
  const given = asked.body as {
    status?: string;
    visibility?: string;
    in_reply_to_id?: string;
    content_type?: string;
    spoiler_text?: string;
    media_ids?: string[];
    language?: string;
    to?: string[];
  };
  return {
    text: given.status ?? "",
    visibility: given.visibility,
    inReplyTo: given.in_reply_to_id,
    contentType: "text/plain",
    spoiler: given.spoiler_text,
    sensitive: ![undefined, null, false, "", "false", "0", 0].includes(asked.body.sensitive as never),
    media: given.media_ids,
    language: given.language,
    to: given.to,
    app: asked.app,
  };
}

/** Recorded for posts that are gone (086, 087) alone: what width a reply without one gets is not. */
function inherited(asked: Asked): void {
  if (asked.world.status(String(asked.body.in_reply_to_id)) !== undefined) {
    throw new Unrecorded("a reply that does not say its visibility");
  }
}
