/** The first questions to a server: whose token this is, and what is to be known of it. Failures are told with the mend. */
import { z } from "zod";
import type { Log } from "../../log.ts";
import { type Account, accountSchema, lookUp, type Self } from "./account.ts";
import type { Clock } from "./clock.ts";
import { type Failure, waitAfter } from "./failure.ts";
import type { Http, Reply } from "./http.ts";

const instanceSchema = z.looseObject({
  /** A host, or a URL on some servers. */
  uri: z.string().max(512),
  version: z.string().max(512),
  max_toot_chars: z.int().positive().nullish(),
  configuration: z
    .looseObject({ statuses: z.looseObject({ max_characters: z.int().positive().nullish() }).nullish() })
    .nullish(),
});

/** Where a server does not tell how long a post may be: Mastodon's measure. */
const shortPost = 500;
/** Longer posts are no posts any more, whatever a server takes. */
const longPost = 5000;

/** Asks again until `startMs` have passed where nobody answers. Rejects with the mend. */
export async function whoAmI(given: {
  readonly http: Http;
  readonly server: string;
  /** The handle that the token must belong to, `@manchot@social.example.org`; any, where it is not given. */
  readonly user?: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly startMs: number;
  readonly signal: AbortSignal;
}): Promise<Self> {
  const { http, server, user, clock, signal } = given;
  const until = clock.now() + given.startMs;
  for (let tries = 0; ; tries++) {
    const asked = await ask(http, server);
    if (asked.kind === "ok") {
      const self = asked.value;
      const handle = `@${self.name}@${self.domain}`;
      if (user === undefined || user.toLowerCase() === handle.toLowerCase()) return self;
      throw new Error(
        `the token belongs to ${handle}, and the configuration says ${user}. To resolve, log ${user} in and put its token in place, or correct \`fediverse.user\`.`,
      );
    }
    const wait = waitAfter(asked, tries, 5000);
    const final = asked.kind === "unauthorised" || asked.kind === "refused";
    if (final || signal.aborted || clock.now() + wait > until) throw new Error(mend(asked, server));
    given.log.warn({ server, why: asked.why, tries: tries + 1 }, "the server does not answer yet");
    await clock.sleep(wait, signal);
  }
}

async function ask(http: Http, server: string): Promise<Reply<Self>> {
  const instance = await http.call({ method: "GET", path: "/api/v1/instance", answer: instanceSchema });
  if (instance.kind !== "ok") return instance;
  const own = await http.call({
    method: "GET",
    path: "/api/v1/accounts/verify_credentials",
    answer: accountSchema,
  });
  if (own.kind !== "ok") return own;
  // snac2 tells the actor's URI, and its full handle, only when asked for the account as for any other.
  const account = own.value.actor === undefined ? await lookUp(http, own.value.id) : own;
  if (account.kind !== "ok") return account;
  const { actor } = account.value;
  if (actor === undefined || account.value.id !== own.value.id) {
    return { kind: "refused", status: 0, why: "it does not tell the bot's actor URI", afterMs: 0, ended: true };
  }
  return { kind: "ok", value: selfOf(server, instance.value, { ...account.value, actor }) };
}

function selfOf(
  server: string,
  instance: z.infer<typeof instanceSchema>,
  account: Account & { readonly actor: string },
): Self {
  const { id, actor, url, acct, fqn } = account;
  const [name = "", domain] = (acct.includes("@") ? acct : (fqn ?? acct)).split("@");
  const told = instance.max_toot_chars ?? instance.configuration?.statuses?.max_characters ?? shortPost;
  return {
    server,
    id,
    actor,
    links: url === undefined || url === actor ? [actor] : [actor, url],
    name,
    domain: domain ?? hostOf(instance.uri) ?? new URL(server).hostname,
    fullHandles: acct.includes("@"),
    forgeable: /\bsnac\b/iu.test(instance.version),
    pleroma: /\(compatible; (?:Pleroma|Akkoma)\b/u.test(instance.version),
    maximumPost: Math.min(told, longPost),
  };
}

function hostOf(uri: string): string | undefined {
  const url = uri.includes("://") ? uri : `https://${uri}`;
  return URL.canParse(url) ? new URL(url).host : undefined;
}

function mend({ kind, why }: Failure, server: string): string {
  switch (kind) {
    case "unauthorised":
      return `${server} does not accept the access token (${why}). To resolve, get the bot's account a new token with \`manchot enrol fediverse\` and put it in place.`;
    case "refused":
      return `${server} refuses the bot's account (${why}). To resolve, ask who runs the server whether the account is locked or deactivated.`;
    default:
      return `${server} does not answer as a Fediverse server (${why}). To resolve, see whether it runs, and whether \`fediverse.server\` is where its API answers: GET ${server}/api/v1/instance must show its title.`;
  }
}
