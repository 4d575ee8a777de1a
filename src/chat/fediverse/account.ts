/** Accounts as a server tells them, and which of their fields say who somebody is. Handles, names and links do not. */
import { z } from "zod";
import { printFediverseAccount } from "../../people/fediverse-account.ts";
import type { Http, Reply } from "./http.ts";

/** Becomes a part of the API's paths and of the pinned account. */
export const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/);
const uriSchema = z
  .string()
  .max(512)
  .regex(/^https?:\/\/[!-~]+$/);

export const accountSchema = z
  .looseObject({
    id: idSchema,
    acct: z.string().regex(/^[A-Za-z0-9_.-]{1,200}(?:@[^\s@/]{1,255})?$/),
    /** Chosen by the account's owner on some servers: never an identity. */
    url: z.string().nullish(),
    uri: uriSchema.nullish(),
    bot: z.boolean().nullish(),
    moved: z.unknown().optional(),
    /** Pleroma's and Akkoma's own. `fqn`: the full handle. */
    fqn: z.string().nullish(),
    pleroma: z.looseObject({ ap_id: uriSchema.nullish() }).nullish(),
  })
  .transform(
    (raw): Account => ({
      id: raw.id,
      acct: raw.acct,
      url: raw.url ?? undefined,
      // Only Pleroma's word for it counts where it has one.
      actor: raw.pleroma?.ap_id ?? raw.uri ?? undefined,
      bot: raw.bot === true,
      moved: raw.moved !== undefined && raw.moved !== null,
      fqn: raw.fqn ?? undefined,
    }),
  );

export type Account = {
  readonly id: string;
  /** The handle by which this server knows the account now. */
  readonly acct: string;
  readonly url: string | undefined;
  /** Its ActivityPub actor's URI. */
  readonly actor: string | undefined;
  readonly bot: boolean;
  readonly moved: boolean;
  readonly fqn: string | undefined;
};

/** The account as the server has it now. */
export function lookUp(http: Http, id: string, signal?: AbortSignal): Promise<Reply<Account>> {
  const path = `/api/v1/accounts/${encodeURIComponent(id)}`;
  return http.call({ method: "GET", path, answer: accountSchema, ...(signal === undefined ? {} : { signal }) });
}

/** The bot's own account, and what is to be known of its server. */
export type Self = {
  /** The base URL of the server's API, as it stands in pinned accounts. */
  readonly server: string;
  readonly id: string;
  readonly actor: string;
  /** What links to the bot in a post: its actor, and its profile's page. */
  readonly links: readonly string[];
  /** The bot's handle without `@`, and the domain of its server's handles. */
  readonly name: string;
  readonly domain: string;
  /** Whether the server writes its own accounts' handles with a domain (snac2). */
  readonly fullHandles: boolean;
  /** Software that does not check who signed a post: anybody can write there in anybody's name (snac2, seen with 2.75). */
  readonly forgeable: boolean;
  /** Pleroma and Akkoma: an `@` inside a word is no mention there. */
  readonly pleroma: boolean;
  /** The longest post, in characters. */
  readonly maximumPost: number;
};

/** Pinned in `manchot.yaml`, and what messages say who they are from: see `people/fediverse-account.ts`. */
export const identityOf = (self: Self, account: { readonly id: string; readonly actor: string }): string =>
  printFediverseAccount({ server: self.server, id: account.id, uri: account.actor });

/** Whether the server vouches that the account is one of its own. */
export function isLocal(self: Self, account: { readonly acct: string; readonly actor: string }): boolean {
  const [, domain] = account.acct.split("@");
  const own = domain === undefined || (self.fullHandles && domain === self.domain);
  return own && originOf(account.actor) === originOf(self.actor);
}

/** `@user@domain`. */
export function labelOf(self: Self, account: Account): string {
  return `@${account.acct.includes("@") ? account.acct : `${account.acct}@${self.domain}`}`;
}

function originOf(uri: string): string | undefined {
  return URL.canParse(uri) ? new URL(uri).origin : undefined;
}
