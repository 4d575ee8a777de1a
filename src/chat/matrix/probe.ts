/** Whether a homeserver answers and takes the token. Nothing is listened to, joined or posted. */
import { HardenedClient } from "./client.ts";
import type { MatrixOptions } from "./network.ts";
import { whoAmI } from "./who-am-i.ts";

const requestMs = 15_000;

/** The account that the token belongs to. Rejects with the mend, after one try. */
export async function probeMatrix(options: Omit<MatrixOptions, "memory">): Promise<string> {
  const client = new HardenedClient(options.homeserver, options.accessToken, { longPollMs: 0, requestMs });
  try {
    return (await whoAmI(client, { ...options, startMs: 0, signal: new AbortController().signal })).user;
  } finally {
    client.close();
  }
}
