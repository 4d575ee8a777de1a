/** A picture on its way into a room: handed over first, then shown by an event of its own. */
import type { Picture } from "../../conversation/answer.ts";
import { missingText } from "../../conversation/picture.ts";
import { say } from "../../languages/index.ts";
import { afterUpload } from "../picture.ts";
import type { Delivery, Outgoing } from "../port.ts";
import type { HardenedClient } from "./client.ts";
import { missingContent, type Place, pictureContent } from "./content.ts";
import { sealed } from "./encryption/picture.ts";
import { failureOf } from "./failure.ts";

type Handed = { readonly kind: "content"; readonly content: object } | Extract<Delivery, { readonly kind: "retry" }>;

/**
 * Hands the picture over, and gives the event's content: the picture, or why it is missing. Killed before that event is
 * posted, the next try hands the same file over again, and nobody ever asks for the first one. The event itself has the
 * key of its place in the post, and so is made once, whichever of the two it became.
 */
export async function handOver(
  client: HardenedClient,
  outgoing: Outgoing,
  picture: Picture,
  encrypted: boolean,
): Promise<Handed> {
  try {
    const place = await upload(client, picture, encrypted);
    return { kind: "content", content: pictureContent(outgoing, picture, place) };
  } catch (fault) {
    const after = afterUpload(failureOf(fault), outgoing.tries);
    if (after.kind === "retry") return after;
    const words = missingText(after, picture, say(outgoing.language));
    return { kind: "content", content: missingContent(outgoing, words) };
  }
}

/** Encrypted, the homeserver learns nothing of it but its length. */
async function upload(client: HardenedClient, { png, name }: Picture, encrypted: boolean): Promise<Place> {
  const bytes = Buffer.from(png, "base64");
  if (!encrypted) return { url: await client.upload(bytes, "image/png", name) };
  const { bytes: unreadable, key } = sealed(bytes);
  return { file: { ...key, url: await client.upload(unreadable, "application/octet-stream") } };
}
