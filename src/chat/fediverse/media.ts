/** Pictures: handed over first, then named by a post. What no post names, servers forget by themselves. */
import { z } from "zod";
import type { Picture } from "../../conversation/answer.ts";
import type { Clock } from "./clock.ts";
import { unanswered } from "./failure.ts";
import type { Http, Reply } from "./http.ts";

/** Numbers; on snac2 the names of files. It becomes a part of a path. */
const mediaIdSchema = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,255}$/);
/** Mastodon works at some files after it took them, and tells their address when they may be posted. Pleroma does at once. */
const mediaSchema = z.looseObject({ id: mediaIdSchema, url: z.string().nullish() });
type Media = z.infer<typeof mediaSchema>;

/** How often, and after how long each time, in milliseconds, a server is asked whether it is ready. */
const looks = 20;
const lookMs = 500;

/** Its id, once it may be posted. Each call makes another one of the same file. */
export async function upload(http: Http, picture: Picture, clock: Clock, signal: AbortSignal): Promise<Reply<string>> {
  let reply = await handOver(http, "/api/v2/media", picture);
  // Older servers know the first way alone.
  if (reply.kind !== "ok" && reply.status === 404) reply = await handOver(http, "/api/v1/media", picture);
  if (reply.kind !== "ok") return reply;
  const { id } = reply.value;
  for (let look = 0; reply.kind === "ok" && typeof reply.value.url !== "string"; look++) {
    if (look === looks || signal.aborted) return unanswered(`the server took picture ${id} and is not done with it`);
    await clock.sleep(lookMs, signal);
    const path = `/api/v1/media/${encodeURIComponent(id)}`;
    reply = await http.call({ method: "GET", path, answer: mediaSchema, signal });
    if (reply.kind !== "ok") return unanswered(reply.why);
  }
  return { kind: "ok", value: id };
}

function handOver(http: Http, path: string, { png, alt, name }: Picture): Promise<Reply<Media>> {
  const form = new FormData();
  form.set("description", alt);
  form.set("file", new Blob([Buffer.from(png, "base64")], { type: "image/png" }), name);
  return http.call({ method: "POST", path, form, answer: mediaSchema });
}
