/** The first question to a homeserver: whose token this is. Its failures are told to whoever starts the bot, with the mend. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../log.ts";
import type { Account, HardenedClient } from "./client.ts";
import { type Failure, failureOf, waitAfter } from "./failure.ts";

/** The bot's own account and device. Asks again until `startMs` have passed where nobody answers. */
export async function whoAmI(
  client: HardenedClient,
  given: {
    readonly homeserver: string;
    readonly user?: string;
    readonly log: Log;
    readonly startMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Account> {
  const { homeserver, user, signal } = given;
  const until = Date.now() + given.startMs;
  for (let tries = 0; ; tries++) {
    try {
      const account = await client.account();
      if (user === undefined || user === account.user) return account;
      throw new WrongAccount(
        `the token belongs to ${account.user}, and the configuration says ${user}. To resolve, log ${user} in and put its token in place, or correct \`matrix.user\`.`,
      );
    } catch (fault) {
      if (fault instanceof WrongAccount) throw fault;
      const failure = failureOf(fault);
      const wait = waitAfter(failure, tries, 5000);
      if (failure.kind === "unauthorised" || failure.kind === "refused" || signal.aborted || Date.now() + wait > until)
        throw new Error(mend(failure, homeserver));
      given.log.warn({ homeserver, why: failure.why, tries: tries + 1 }, "the homeserver does not answer yet");
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}

class WrongAccount extends Error {}

function mend({ kind, why }: Failure, homeserver: string): string {
  switch (kind) {
    case "unauthorised":
      return `${homeserver} does not accept the access token (${why}). To resolve, log the bot's account in anew and put the new token in place.`;
    case "refused":
      return `${homeserver} refuses the bot's account (${why}). To resolve, ask who runs the homeserver whether the account is locked.`;
    default:
      return `${homeserver} does not answer as a homeserver (${why}). To resolve, see whether it runs, and whether \`matrix.homeserver\` is where its client API answers: GET ${homeserver}/_matrix/client/versions must show versions.`;
  }
}
