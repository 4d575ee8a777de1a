/** How far a message is known to come from its person's own device, and not only from their account. */
import type { Network, Venue } from "../chat/port.ts";
import type { Person } from "./person.ts";

export type Trust = {
  /** The identity of this very account is pinned in `manchot.yaml`. */
  readonly pinned: boolean;
  /** The message came, encrypted, from a device that exactly the pinned identity signed. */
  readonly verified: boolean;
};

/** What nothing is pinned of. */
export const unpinned: Trust = { pinned: false, verified: false };

/** `person`: whose account it is; nobody's is pinned. */
export function trustIn(
  person: Person | undefined,
  { network, account, venue }: { readonly network: Network; readonly account: string; readonly venue: Venue },
): Trust {
  const identity = network === "matrix" ? person?.identities?.get(account) : undefined;
  if (identity === undefined) return unpinned;
  return { pinned: true, verified: venue.encrypted && venue.identity === identity };
}

/** What somebody else would be known as there who speaks from their own device: for whom to name, never for whom to obey. */
export function trustAtBest(person: Person, venue: Venue): Trust {
  const pinned = venue.network === "matrix" && (person.identities?.size ?? 0) > 0;
  return { pinned, verified: pinned && venue.encrypted };
}
