/**
 * Why a question is decided as it is, and what would change that. Nothing is guessed: each other circumstance is put to
 * the same policies.
 */
import type { Network } from "../chat/port.ts";
import type { Person } from "../people/person.ts";
import type { Circumstances } from "./circumstances.ts";
import type { Decision } from "./port.ts";

/** One circumstance that is otherwise; `account`: an account of the person were pinned on that network. */
export type Change =
  | { readonly kind: "role" | "no-role"; readonly role: string }
  | { readonly kind: "network"; readonly network: Network }
  | { readonly kind: "visibility"; readonly visibility: string }
  | { readonly kind: "direct" | "encrypted" | "local" | "pinned" | "verified"; readonly is: boolean }
  | { readonly kind: "account" };

/** Who asks, and where. */
export type Asker = { readonly person: Person | undefined; readonly at: Circumstances };

export type Explanation = {
  /** Whom the bot would take them for: undefined where no account of theirs is pinned on that network. */
  readonly person: Person | undefined;
  readonly decision: Decision;
  /** Of a permission: the person's roles of which each would do alone; empty where it needs none. */
  readonly through: readonly string[];
  /** The single changes that turn the decision round, each with what is decided then. */
  readonly changes: readonly { readonly change: Change; readonly decision: Decision }[];
};

/** What posts on the Fediverse can be, in their servers' words. */
const visibilities = ["public", "unlisted", "private", "direct", "local"];

const stranger = "stranger";

/** What there could be instead: the roles of the policies, and the networks that the bot listens on. */
export type Known = { readonly roles: readonly string[]; readonly networks: readonly Network[] };

/** `decide`: what the policies say to the command in question. */
export function explain(asked: Asker, known: Known, decide: (asker: Asker) => Decision): Explanation {
  const { person, at } = asSeen(asked);
  const decision = decide({ person, at });
  const changes = variationsOf(asked, known)
    .map(({ change, asker }) => ({ change, decision: decide(asSeen(asker)) }))
    .filter((other) => other.decision.allowed !== decision.allowed);
  return { person, decision, through: decision.allowed ? rolesThrough(at, person, decide) : [], changes };
}

/** As the bot sees them: identities are Matrix's alone, and nothing is pinned of a stranger. */
function asSeen(asker: Asker): Asker {
  const person = recognised(asker);
  const { at } = asker;
  if (person !== undefined && at.network === "matrix") return { person, at };
  return { person, at: { ...at, pinned: false, verified: false } };
}

/** Whoever has no account pinned on a network is a stranger there, whoever they are. */
function recognised({ person, at }: Asker): Person | undefined {
  return (person?.accounts[at.network] ?? []).length > 0 ? person : undefined;
}

function rolesThrough(at: Circumstances, person: Person | undefined, decide: (asker: Asker) => Decision): string[] {
  if (person === undefined) return [];
  const as = (roles: readonly string[]): boolean => decide({ person: { ...person, roles }, at }).allowed;
  return as([]) ? [] : person.roles.filter((role) => as([role]));
}

function variationsOf(asked: Asker, { roles, networks }: Known): { change: Change; asker: Asker }[] {
  const { person, at } = asked;
  const here = (change: Change, other: Partial<Circumstances>) => ({
    change,
    asker: { person, at: { ...at, ...other } },
  });
  const usual = { visibility: undefined };
  return [
    ...roleVariations(asked, roles),
    ...(person !== undefined && recognised(asked) === undefined
      ? [{ change: { kind: "account" } as const, asker: { person: pinned(person, at.network), at } }]
      : []),
    here({ kind: "direct", is: !at.direct }, { direct: !at.direct, ...usual }),
    ...(at.network === "matrix"
      ? matrixVariations(at, recognised(asked) !== undefined).map(({ change, other }) => here(change, other))
      : []),
    ...(at.network === "fediverse"
      ? [
          here({ kind: "local", is: !at.local }, { local: !at.local }),
          ...visibilities
            .filter((visibility) => visibility !== at.visibility)
            .map((visibility) => here({ kind: "visibility", visibility }, { visibility })),
        ]
      : []),
    ...networks
      .filter((network) => network !== at.network)
      .map((network) => here({ kind: "network", network }, { network, verified: false, ...usual })),
  ];
}

/** Only what is encrypted, and from an account whose identity is pinned, can be verified. */
function matrixVariations({ encrypted, pinned, verified }: Circumstances, known: boolean) {
  const one = (kind: "encrypted" | "pinned" | "verified", is: boolean, other: Partial<Circumstances>) => ({
    change: { kind, is } as const,
    other,
  });
  return [
    one("encrypted", !encrypted, { encrypted: !encrypted, verified: false }),
    ...(known ? [one("pinned", !pinned, { pinned: !pinned, verified: false })] : []),
    ...(known && pinned
      ? [one("verified", !verified, verified ? { verified: false } : { encrypted: true, verified: true })]
      : []),
  ];
}

/** One role more, and one less. An unknown account has no role to lose: with one, it is somebody. */
function roleVariations({ person, at }: Asker, roles: readonly string[]): { change: Change; asker: Asker }[] {
  const somebody = person ?? pinned({ id: "somebody", name: "Somebody", roles: [], accounts: {} }, at.network);
  if (recognised({ person: somebody, at }) === undefined) return [];
  const held = somebody.roles;
  const as = (change: Change, others: readonly string[]) => ({
    change,
    asker: { person: { ...somebody, roles: others }, at },
  });
  const more = roles.filter((role) => role !== stranger && !held.includes(role));
  return [
    ...more.map((role) => as({ kind: "role", role }, [...held, role])),
    ...held.map((role) =>
      as(
        { kind: "no-role", role },
        held.filter((other) => other !== role),
      ),
    ),
  ];
}

function pinned(person: Person, network: Network): Person {
  return { ...person, accounts: { ...person.accounts, [network]: ["an account"] } };
}
