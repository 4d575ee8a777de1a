/** From an answer to its posts: to whom it was asked for and nobody else, each part once, whatever becomes of the calls. */
import { missingText } from "../../conversation/picture.ts";
import { say } from "../../languages/index.ts";
import { parseFediverseAccount } from "../../people/fediverse-account.ts";
import { afterUpload } from "../picture.ts";
import type { Delivery, Outgoing } from "../port.ts";
import { lookUp, type Self } from "./account.ts";
import type { Clock } from "./clock.ts";
import { textsOf, withMissing } from "./compose.ts";
import { deliveryOf, type Failure } from "./failure.ts";
import type { Http, Reply } from "./http.ts";
import { upload } from "./media.ts";
import type { Pace } from "./pace.ts";
import { type Draft, edit, isMadeOf, make, ownBelow } from "./statuses.ts";
import { widthOf } from "./visibility.ts";

export type Posting = {
  readonly http: Http;
  readonly self: Self;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

type Unsent = Exclude<Delivery, { readonly kind: "sent" }>;

export async function post(outgoing: Outgoing, { http, self, pace, clock, signal }: Posting): Promise<Delivery> {
  const parts = [...outgoing.parts];
  const failed = (delivery: Unsent): Delivery => ({ ...delivery, parts });

  const asker = await askerOf(outgoing, http, self);
  if (asker.kind !== "ok") return failed(asker.delivery);
  const texts = textsOf(outgoing.answer, asker.acct, self);
  // Posts of an earlier try that nobody knows of: only before the first one that this try makes.
  let looks = outgoing.again;

  while (parts.length < texts.length) {
    const index = parts.length;
    const text = texts[index] ?? "";
    const edited = index === 0 ? outgoing.edits : undefined;
    // A picture goes with the last of the posts: once that is out, all is said, with the picture or with why it is missing.
    const picture = index === texts.length - 1 ? outgoing.answer.picture : undefined;
    let draft: Draft = {
      text,
      language: outgoing.language,
      visibility: widthOf(outgoing.venue.visibility),
      parent: parts[index - 1] ?? outgoing.venue.thread,
      media: [],
      openEnd: picture !== undefined,
    };
    if (edited === undefined && looks) {
      const found = await find(draft);
      if (found.kind !== "ok") return failed(deliveryOf(found, true));
      if (found.value !== undefined) {
        parts.push(found.value);
        continue;
      }
      looks = false;
    }
    if (picture !== undefined) {
      // Killed between this and the post, the next try hands it over again: nobody ever sees the first one.
      const handed = await upload(http, picture, clock, signal);
      const after = handed.kind === "ok" ? handed : afterUpload(handed, outgoing.tries);
      if (after.kind === "retry") return failed(after);
      draft =
        after.kind === "ok"
          ? { ...draft, media: [after.value] }
          : { ...draft, text: withMissing(text, missingText(after, picture, say(outgoing.language)), self) };
    }
    const over = await pace.turn(signal);
    if (signal.aborted) {
      over();
      return failed({ kind: "retry", afterMs: 1000, why: "stopping" });
    }
    const key = index === 0 ? outgoing.key : `${outgoing.key}.${index}`;
    const made = await (edited === undefined ? make(http, draft, key) : edit(http, edited, draft)).finally(over);
    if (made.kind === "ok") {
      parts.push(edited ?? made.value);
    } else if (made.kind === "unanswered" && made.ended && edited === undefined) {
      // The server did not do it, or did and failed afterwards. Its key is used up either way: Pleroma repeats the answer.
      const found = await find(draft);
      if (found.kind !== "ok") return failed(deliveryOf(made, true));
      if (found.value === undefined) return failed({ kind: "retry", afterMs: 1000, why: made.why, spent: true });
      parts.push(found.value);
    } else {
      if (made.kind === "limited") pace.pause(made.afterMs);
      return failed(deliveryOf(made, true));
    }
  }
  const [first] = parts;
  return first === undefined ? { kind: "rejected", why: "there is nothing in it" } : { kind: "sent", eventId: first };

  async function find(draft: Draft): Promise<Reply<string | undefined>> {
    const own = await ownBelow(http, self, outgoing.venue.thread);
    if (own.kind !== "ok") return own;
    const found = own.value.find((one) => !parts.includes(one.id) && isMadeOf(one, draft));
    return { kind: "ok", value: found?.id };
  }
}

/**
 * The handle under which the server knows the account that asked, now: handles change hands, and a mention of somebody else
 * would bring a direct answer to them.
 */
async function askerOf(
  outgoing: Outgoing,
  http: Http,
  self: Self,
): Promise<{ readonly kind: "ok"; readonly acct: string } | { readonly kind: "failed"; readonly delivery: Unsent }> {
  const no = (why: string) => ({ kind: "failed", delivery: { kind: "rejected", why } }) as const;
  const pinned = parseFediverseAccount(outgoing.account);
  if (!pinned.ok || pinned.account.server !== self.server) return no("the account is not one of this server's");
  const { id, uri } = pinned.account;
  const account = await lookUp(http, id);
  if (account.kind !== "ok") return { kind: "failed", delivery: deliveryOf(withGone(account), false) };
  if (account.value.id !== id || account.value.actor !== uri) return no("the account is another one now");
  return { kind: "ok", acct: account.value.acct };
}

const withGone = (failure: Failure): Failure =>
  failure.status === 404 ? { ...failure, why: `the account is gone (${failure.why})` } : failure;
