/** The people that the bot knows, found by the very account that is pinned to them. */
import { type Network, networks } from "../chat/port.ts";
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

/** Ids and accounts that stand twice: at the second place, with the first one named. */
export function conflicts(written: readonly Written[]): readonly Conflict[] {
  const seen = new Map<string, string>();
  const found: Conflict[] = [];
  const see = (key: string, owner: string, path: readonly PropertyKey[], what: string, mend: string): void => {
    const other = seen.get(key);
    if (other === undefined) seen.set(key, owner);
    else found.push({ path, message: other === owner ? `${what} twice` : `${what} already of \`${other}\``, mend });
  };
  written.forEach(({ id, accounts }, index) => {
    see(`id ${id}`, id, [index, "id"], "is", "Each person has an id of their own.");
    for (const network of networks) {
      accounts[network]?.forEach((account, place) => {
        const path = [index, "accounts", network, place];
        see(
          `${network} ${account}`,
          id,
          path,
          "is",
          "An account belongs to one person: remove it from one of the two.",
        );
      });
    }
  });
  return found;
}

function personOf({ id, name, roles, language, accounts }: Written): Person {
  const pinned: Partial<Record<Network, readonly string[]>> = { terminal: [id] };
  if (accounts.matrix !== undefined) pinned.matrix = [...accounts.matrix];
  if (accounts.fediverse !== undefined) pinned.fediverse = [...accounts.fediverse];
  return { id, name, roles: [...roles], accounts: pinned, ...(language === undefined ? {} : { language }) };
}

function accountsOf(all: readonly Person[], network: Network): ReadonlyMap<string, Person> {
  return new Map(
    all.flatMap((person) => (person.accounts[network] ?? []).map((account) => [account, person] as const)),
  );
}
