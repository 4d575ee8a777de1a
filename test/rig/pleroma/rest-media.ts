/** Pictures. */
import { noFile, ok, tooBig } from "./answer.ts";
import { owner } from "./rest-accounts.ts";
import { by, type Row, text, Unrecorded } from "./routes.ts";
import { mediaView } from "./views.ts";
import type { Media } from "./world.ts";

export const mediaRows: readonly Row[] = [
  {
    method: "POST",
    route: "/api/v2/media",
    basis: by("047"),
    scope: "write:media",
    file: true,
    body: { description: text("047") },
    answer: (asked) => {
      if (asked.upload === undefined) return noFile;
      if (asked.upload.bytes > asked.settings.uploadBytes) return tooBig;
      const id = String(asked.world.number("media"));
      const media: Media = {
        id,
        owner: owner(asked).id,
        description: (asked.body.description as string | undefined) ?? null,
        mimeType: asked.upload.mimeType,
        digest: asked.upload.digest,
        url: `${asked.world.origin}/media/${asked.upload.digest}${/\.\w+$/u.exec(asked.upload.name)?.[0] ?? ""}`,
      };
      asked.world.media.set(id, media);
      return { status: 202, body: mediaView(media) };
    },
  },
  {
    method: "PUT",
    route: "/api/v1/media/:id",
    basis: by("050"),
    scope: "write:media",
    body: { description: text("050") },
    answer: (asked) => {
      const media = asked.world.media.get(asked.ids.id ?? "");
      if (media?.owner !== owner(asked).id) throw new Unrecorded("a picture that is not the user's own");
      media.description = String(asked.body.description);
      return ok(mediaView(media));
    },
  },
];
