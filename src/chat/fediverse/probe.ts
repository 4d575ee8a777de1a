/** Whether a Fediverse server answers and takes the token. Nothing is listened to, changed or posted. */
import { realClock } from "./clock.ts";
import { createHttp } from "./http.ts";
import { type FediverseOptions, refuseForgeable } from "./network.ts";
import { whoAmI } from "./who-am-i.ts";

const requestMs = 15_000;

/** The account that the token belongs to. Rejects with the mend, after one try. */
export async function probeFediverse(options: Omit<FediverseOptions, "memory">): Promise<string> {
  const { server, accessToken, log } = options;
  const http = createHttp({ server, accessToken, timeoutMs: requestMs });
  try {
    const { signal } = new AbortController();
    const self = await whoAmI({ ...options, http, clock: realClock, startMs: 0, signal });
    refuseForgeable(self, options.forgeable === true, log);
    return `@${self.name}@${self.domain}`;
  } finally {
    http.close();
  }
}
