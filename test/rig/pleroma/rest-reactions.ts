/** What people do with a post: boosts, favourites, reactions. */
import { ok, refusal } from "./answer.ts";
import { notify } from "./notifications.ts";
import { boost } from "./posting.ts";
import { owner } from "./rest-accounts.ts";
import { seen } from "./rest-statuses.ts";
import { type Asked, by, type Row, Unrecorded } from "./routes.ts";
import { statusView } from "./views.ts";
import type { Status } from "./world.ts";

const one = "/api/v1/statuses/:id";

export const reactionRows: readonly Row[] = [
  {
    method: "POST",
    route: `${one}/favourite`,
    basis: by("061"),
    scope: "write:favourites",
    counted: true,
    answer: (asked) =>
      seen(asked, (status) => {
        status.favourites.add(owner(asked).id);
        tellAuthor(asked, status, "favourite");
        return ok(statusView(asked.world, status, asked.viewer));
      }),
  },
  {
    method: "POST",
    route: `${one}/reblog`,
    basis: by("062"),
    scope: "write:statuses",
    counted: true,
    answer: (asked) =>
      seen(asked, (status) => {
        if (!["public", "unlisted"].includes(status.visibility)) throw new Unrecorded("a boost of a closed post");
        return ok(statusView(asked.world, boost(asked.world, owner(asked), status), asked.viewer));
      }),
  },
  {
    method: "PUT",
    route: "/api/v1/pleroma/statuses/:id/reactions/:emoji",
    basis: by("063"),
    scope: "write:statuses",
    answer: (asked) =>
      seen(asked, (status) => {
        const emoji = asked.ids.emoji ?? "";
        if (!/^\p{Extended_Pictographic}/u.test(emoji))
          return refusal({ status: 400, error: "Could not add reaction emoji" });
        status.reactions.set(emoji, (status.reactions.get(emoji) ?? new Set()).add(owner(asked).id));
        tellAuthor(asked, status, "pleroma:emoji_reaction", emoji);
        return ok(statusView(asked.world, status, asked.viewer));
      }),
  },
  {
    method: "DELETE",
    route: "/api/v1/pleroma/statuses/:id/reactions/:emoji",
    basis: by("068"),
    scope: "write:statuses",
    answer: (asked) =>
      seen(asked, (status) => {
        const emoji = asked.ids.emoji ?? "";
        status.reactions.get(emoji)?.delete(owner(asked).id);
        if (status.reactions.get(emoji)?.size === 0) status.reactions.delete(emoji);
        return ok(statusView(asked.world, status, asked.viewer));
      }),
  },
];

function tellAuthor(asked: Asked, status: Status, type: string, emoji?: string): void {
  if (status.author.local && status.author !== asked.viewer) {
    notify(asked.world, status.author, owner(asked), type, status, emoji);
  }
}
