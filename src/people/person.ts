/** A person is who somebody is, on whatever network; an account is only where they speak. */
import type { Language, Network } from "../chat/port.ts";

export type Person = {
  /** A short, stable name: `zelie`. What Cedar, the journal and `why` call them. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly language?: Language;
  /** Pinned accounts: MXIDs on Matrix, ids pinned at enrolment on the Fediverse, the person's id on the terminal. */
  readonly accounts: Readonly<Partial<Record<Network, readonly string[]>>>;
  /** Of Matrix accounts whose cross-signing identity is pinned: its master key, by MXID. */
  readonly identities?: ReadonlyMap<string, string>;
};

export interface People {
  readonly all: readonly Person[];
  /** The person to whom this very account is pinned. Names, nicknames and look-alikes never match. */
  byAccount(network: Network, account: string): Person | undefined;
  byId(id: string): Person | undefined;
}
