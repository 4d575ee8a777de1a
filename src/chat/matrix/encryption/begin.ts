/** The start of encryption, as patient with the homeserver as the first question to it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../../log.ts";
import type { Account, HardenedClient } from "../client.ts";
import { failureOf, waitAfter } from "../failure.ts";
import { type Encryption, NoEncryption, startEncryption, type Trust } from "./encryption.ts";

/** Asks again until `startMs` have passed where the homeserver does not answer. Rejects with the mend. */
export async function beginEncryption(
  { user, device }: Account,
  given: {
    readonly client: HardenedClient;
    readonly homeserver: string;
    readonly encryption: { readonly file: string };
    readonly trust?: Trust;
    readonly log: Log;
    readonly startMs: number;
    readonly signal: AbortSignal;
  },
): Promise<Encryption> {
  const { client, homeserver, encryption, trust = "any", log, signal } = given;
  if (device === undefined) {
    throw new NoEncryption(
      "the access token is not that of a device, and only a device can encrypt. To resolve, make a token with `manchot enrol matrix`.",
    );
  }
  const until = Date.now() + given.startMs;
  for (let tries = 0; ; tries++) {
    try {
      const ask = client.doRequest.bind(client);
      return await startEncryption({ file: encryption.file, user, device, trust, ask, log });
    } catch (fault) {
      if (fault instanceof NoEncryption) throw fault;
      const failure = failureOf(fault);
      const wait = waitAfter(failure, tries, 5000);
      if (
        failure.kind === "unauthorised" ||
        failure.kind === "refused" ||
        signal.aborted ||
        Date.now() + wait > until
      ) {
        throw new NoEncryption(
          `${homeserver} does not take this device's keys (${failure.why}). To resolve, see whether the homeserver is well, and start again; if it stays so, run \`manchot enrol matrix\`.`,
        );
      }
      log.warn({ homeserver, why: failure.why, tries: tries + 1 }, "keys could not be exchanged yet");
      await sleep(wait, undefined, { signal }).catch(() => undefined);
    }
  }
}
