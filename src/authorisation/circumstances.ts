/** The circumstances of a message, as cases.yaml and `policy explain` name them. */
import type { Network, Venue } from "../chat/port.ts";
import type { Trust } from "../people/trust.ts";

export type Circumstances = {
  readonly network: Network;
  readonly place: string;
  readonly direct: boolean;
  readonly encrypted: boolean;
  readonly local: boolean;
  /** Undefined: as posts of this kind usually are. */
  readonly visibility: string | undefined;
} & Trust;

export function venueOf({ visibility, pinned: _, verified: __, ...circumstances }: Circumstances): Venue {
  const { network, direct } = circumstances;
  return { ...circumstances, thread: "a thread", visibility: visibility ?? usualVisibility(network, direct) };
}

function usualVisibility(network: Network, direct: boolean): string {
  if (network !== "fediverse") return "";
  return direct ? "direct" : "public";
}
