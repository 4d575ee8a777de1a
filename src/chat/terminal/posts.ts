/** What the bot posts, on its way to the screen; and who waits for which answer. */
import { randomUUID } from "node:crypto";
import type { Delivery, Incoming, Outgoing } from "../port.ts";

/** A question that was put here. */
export type Question = { readonly message: Incoming; readonly who: string; readonly text: string };

/** A post to be shown. `question` is undefined where it was put in an earlier run. */
export type Shown = { readonly post: Outgoing; readonly question: Question | undefined };

export interface Posts {
  asked(question: Question): void;
  /** Shows a post; one with a key that was shown before is not shown again. */
  deliver(post: Outgoing): Delivery;
  /** Resolves with the next answer to a question; one that only tells progress counts where that is asked for. */
  answered(question: Question, progressCounts: boolean): Promise<void>;
}

/** `seen`: what of a post can be shown here. */
export function createPosts(show: (shown: Shown) => void, seen: (post: Outgoing) => Outgoing): Posts {
  const questions = new Map<string, Question>();
  const delivered = new Map<string, string>();
  const waiting = new Map<string, { readonly progressCounts: boolean; readonly resolve: () => void }>();

  return {
    asked(question) {
      questions.set(question.message.eventId, question);
    },
    deliver(post) {
      const known = delivered.get(post.key);
      if (known !== undefined) return { kind: "sent", eventId: known };
      const eventId = randomUUID();
      delivered.set(post.key, eventId);
      const isProgress = post.answer.tone === "progress";
      show({ post: seen(post), question: questions.get(post.inReplyTo) });
      const waiter = waiting.get(post.inReplyTo);
      if (waiter !== undefined && (!isProgress || waiter.progressCounts)) {
        waiting.delete(post.inReplyTo);
        waiter.resolve();
      }
      return { kind: "sent", eventId };
    },
    answered({ message }, progressCounts) {
      return new Promise((resolve) => waiting.set(message.eventId, { progressCounts, resolve }));
    },
  };
}
