/**
 * A Fediverse account as it is pinned: `<server> <account id> <actor URI>`, three fields parted by single spaces.
 * The server's own id and the actor's URI together say who somebody is; handles, names and profile links can change hands.
 */

export type FediverseAccount = {
  /** The origin of the server whose API is asked: `https://social.example.org`. */
  readonly server: string;
  /** What that server calls the account in its API. */
  readonly id: string;
  /** What the account is called everywhere: its ActivityPub actor. */
  readonly uri: string;
};

/** `wrong` completes "…": is not a pinned account: it … */
type Parsed =
  | { readonly ok: true; readonly account: FediverseAccount }
  | { readonly ok: false; readonly wrong: string };

/** As it stands in `manchot.yaml` and in `Incoming.account`. */
export function printFediverseAccount({ server, id, uri }: FediverseAccount): string {
  return `${server} ${id} ${uri}`;
}

/** Only what {@link printFediverseAccount} prints of a sound account is one, to the letter. */
export function parseFediverseAccount(text: string): Parsed {
  const no = (wrong: string): Parsed => ({ ok: false, wrong });
  if (/^@?[^\s@/]+@[^\s@/]+$/.test(text)) return no("is a handle, and handles can change hands");
  if (text.length > 1024) return no("is longer than 1024 characters");
  if (!/^[ -~]*$/.test(text)) return no("holds characters that are not ASCII");
  const [server = "", id = "", uri = "", ...more] = text.split(" ");
  if (uri === "" || more.length > 0) return no("is not three fields with single spaces between them");
  if (!isFediverseServer(server)) return no("does not begin with the server's address (https://…, nothing behind it)");
  // It becomes a part of the API's paths.
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(id)) return no("has no account id in its second field");
  if (!isActorUri(uri, server)) return no("does not end in the actor's URI (https://…)");
  return { ok: true, account: { server, id, uri } };
}

/** The origin of a server, as a browser would write it: https, or http to this very machine. */
export function isFediverseServer(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { origin, protocol } = new URL(address);
  return origin === address && (protocol === "https:" || (protocol === "http:" && isLoopback(address)));
}

/** Whether an address leads to this very machine: tests and trials, where names and http are made up. */
function isLoopback(address: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(new URL(address).hostname);
}

function isActorUri(text: string, server: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, href } = new URL(text);
  if (username !== "" || password !== "") return false;
  // No other spelling of the same address: it is compared to the letter.
  if (href !== text && href !== `${text}/`) return false;
  return protocol === "https:" || (protocol === "http:" && isLoopback(server));
}

/** `@name@domain`, all ASCII: a label, for people. */
export function isFediverseHandle(text: string): boolean {
  const pattern = /^@[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?$/;
  return text.length <= 255 && pattern.test(text);
}

/**
 * Whether an account looks like one of the bot's own server, from what a configuration holds. What decides later is
 * the server's own word; this only finds contradictions before the start.
 */
export function looksLocal(
  account: FediverseAccount,
  bot: { readonly server: string; readonly user: string },
): boolean {
  return new URL(account.uri).origin === bot.server || new URL(account.uri).host === domainOf(bot.user);
}

/** Whether an account looks like the bot's own: its actor's URI ends in the bot's name on the bot's server. */
export function looksLikeBot(
  account: FediverseAccount,
  bot: { readonly server: string; readonly user: string },
): boolean {
  const last = new URL(account.uri).pathname.split("/").at(-1)?.replace(/^@/, "").toLowerCase();
  return looksLocal(account, bot) && last === bot.user.slice(1, bot.user.lastIndexOf("@")).toLowerCase();
}

function domainOf(handle: string): string {
  return handle.slice(handle.lastIndexOf("@") + 1);
}
