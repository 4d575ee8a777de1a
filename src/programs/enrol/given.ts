/** What `manchot enrol` is told on its command line: which network's account, and then that network's own words. */
import { type GivenFediverse, readFediverse, usageFediverse } from "./fediverse/given.ts";
import { type GivenMatrix, readMatrix, usageMatrix } from "./matrix/given.ts";

export const enrolUsage = usageFediverse + usageMatrix;

/** Of one network where it is named, else of each. */
export function enrolUsageOf(network: string | undefined): string {
  if (network === "fediverse") return usageFediverse;
  return network === "matrix" ? usageMatrix : enrolUsage;
}

export type Given = GivenFediverse | GivenMatrix;

/** `wrong`: what cannot be understood, and how it is written. */
export function readGiven(argv: readonly string[]): Given | { readonly wrong: string } {
  const [network, ...rest] = argv;
  if (network === "fediverse") return readFediverse(rest);
  if (network === "matrix") return readMatrix(rest);
  return { wrong: "it enrols the bot's account on one network: say `matrix` or `fediverse` first" };
}
