/** The people that the bot knows, found by the very account that is pinned to them. */
import { type Network, networks } from "../chat/port.ts";
import { parseFediverseAccount } from "./fediverse-account.ts";
import { type MatrixAccount, parseMatrixAccount } from "./matrix-account.ts";
import type { People, Person } from "./person.ts";

/** What a person in a configuration file is: a {@link Person}, whose optional keys may be undefined. */
type Written = {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly language?: Person["language"] | undefined;
  readonly accounts: { readonly [N in Network]?: readonly string[] | undefined };
};

export type Conflict = { readonly path: readonly PropertyKey[]; readonly message: string; readonly mend: string };

/**
 * The people by account. On the terminal a person's id is their account.
 * @throws where two persons share an id or an account: a configuration that was read has none ({@link conflicts}).
 */
export function peopleOf(written: readonly Written[]): People {
  const [first] = conflicts(written);
  if (first !== undefined) throw new Error(`people: ${first.path.join(".")}: ${first.message}`);
  const all = written.map(personOf);
  const byId = new Map(all.map((person) => [person.id, person]));
  const byAccount = new Map<Network, ReadonlyMap<string, Person>>(
    networks.map((network) => [network, accountsOf(all, network)]),
  );
  return {
    all,
    byAccount: (network, account) => byAccount.get(network)?.get(account),
    byId: (id) => byId.get(id),
  };
}

/** Ids and accounts that stand twice, or contradict each other: at the second place, with the first one named. */
export function conflicts(written: readonly Written[]): readonly Conflict[] {
  const seen = new Map<string, { readonly owner: string; readonly text: string }>();
  const found: Conflict[] = [];
  /** `keys`: what may stand once only; `text`: as it is written. */
  const see = (keys: readonly string[], text: string, owner: string, path: Conflict["path"], mend: string): void => {
    const other = keys.map((key) => seen.get(key)).find((one) => one !== undefined);
    for (const key of keys) if (!seen.has(key)) seen.set(key, { owner, text });
    if (other === undefined) return;
    if (other.text !== text) {
      const message = `shares its id, its actor URI or its identity with another account, of \`${other.owner}\``;
      found.push({ path, message, mend: "One of the two is wrong: have both looked up again." });
    } else found.push({ path, message: other.owner === owner ? "is twice" : `is already of \`${other.owner}\``, mend });
  };
  written.forEach(({ id, accounts }, index) => {
    see([`id ${id}`], id, id, [index, "id"], "Each person has an id of their own.");
    for (const network of networks) {
      accounts[network]?.forEach((account, place) => {
        const path = [index, "accounts", network, place];
        const mend = "An account belongs to one person: remove it from one of the two.";
        see(identities(network, account), account, id, path, mend);
      });
    }
  });
  return found;
}

/**
 * What an account is known by: on the Fediverse its id and its URI, on Matrix its ID and its pinned identity; each belongs
 * to one account only.
 */
function identities(network: Network, account: string): readonly string[] {
  if (network === "matrix") {
    const { mxid, identity } = matrixAccount(account);
    return [`matrix ${mxid}`, ...(identity === undefined ? [] : [`matrix identity ${identity}`])];
  }
  const parsed = network === "fediverse" ? parseFediverseAccount(account) : undefined;
  if (parsed === undefined || !parsed.ok) return [`${network} ${account}`];
  const { server, id, uri } = parsed.account;
  return [`${network} id ${server} ${id}`, `${network} uri ${uri}`];
}

function personOf({ id, name, roles, language, accounts }: Written): Person {
  const pinned: Partial<Record<Network, readonly string[]>> = { terminal: [id] };
  const matrix = accounts.matrix?.map(matrixAccount);
  if (matrix !== undefined) pinned.matrix = matrix.map(({ mxid }) => mxid);
  if (accounts.fediverse !== undefined) pinned.fediverse = [...accounts.fediverse];
  const keys = new Map(
    matrix?.flatMap(({ mxid, identity }) => (identity === undefined ? [] : [[mxid, identity] as const])),
  );
  return {
    id,
    name,
    roles: [...roles],
    accounts: pinned,
    ...(keys.size === 0 ? {} : { identities: keys }),
    ...(language === undefined ? {} : { language }),
  };
}

/** What is no account of Matrix (no configuration that was read has such) is taken as an ID that nobody has. */
function matrixAccount(text: string): MatrixAccount {
  const parsed = parseMatrixAccount(text);
  return parsed.ok ? parsed.account : { mxid: text };
}

function accountsOf(all: readonly Person[], network: Network): ReadonlyMap<string, Person> {
  return new Map(
    all.flatMap((person) => (person.accounts[network] ?? []).map((account) => [account, person] as const)),
  );
}
