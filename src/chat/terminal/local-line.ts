/** The terminal's own lines: those that begin with `/` are for the sandbox, and never reach the bot. */
import { networks } from "../port.ts";
import type { Whereabouts } from "./speaker.ts";

export type LocalLine =
  | { readonly kind: "as"; readonly who: string }
  | { readonly kind: "on"; readonly to: Whereabouts }
  | { readonly kind: "late"; readonly minutes: number }
  | { readonly kind: "break" | "mend"; readonly what: string }
  | { readonly kind: "sign" | "code"; readonly request: number }
  | { readonly kind: "help" | "quit" }
  /** Its word is known, what follows it is not understood. */
  | { readonly kind: "wrong"; readonly usage: string }
  | { readonly kind: "unknown"; readonly word: string };

type Rest = readonly string[];
type Reader = { readonly usage: string; readonly read: (rest: Rest) => LocalLine | undefined };

const longestMinutes = 60 * 24 * 366;

const single =
  (kind: "help" | "quit") =>
  (rest: Rest): LocalLine | undefined =>
    rest.length === 0 ? { kind } : undefined;
const named =
  (kind: "break" | "mend", known: Rest) =>
  ([what, ...more]: Rest): LocalLine | undefined =>
    what !== undefined && more.length === 0 && known.includes(what) ? { kind, what } : undefined;

function readers(breakable: Rest): Readonly<Record<string, Reader>> {
  const choice = breakable.join("|");
  const help: Reader = { usage: "/help", read: single("help") };
  const sign: Reader = { usage: "/sign <number>", read: (rest) => readRequest("sign", rest) };
  const quit: Reader = { usage: "/quit", read: single("quit") };
  return {
    "/as": {
      usage: "/as <person>",
      read: ([who, ...more]) => (who === undefined || more.length > 0 ? undefined : { kind: "as", who }),
    },
    "/on": { usage: `/on ${networks.join("|")} [direct] [encrypted [unverified]]`, read: readOn },
    "/late": { usage: "/late <minutes>", read: readLate },
    "/sign": sign,
    "/signer": sign,
    "/code": { usage: "/code <number>", read: (rest) => readRequest("code", rest) },
    "/break": { usage: `/break ${choice}`, read: named("break", breakable) },
    "/mend": { usage: `/mend ${choice}`, read: named("mend", breakable) },
    "/help": help,
    "/aide": help,
    "/quit": quit,
    "/quitter": quit,
  };
}

const manners: Rest = ["direct", "encrypted", "unverified"];

function readOn([where, ...how]: Rest): LocalLine | undefined {
  const network = networks.find((known) => known === where);
  if (network === undefined || how.some((word, at) => !manners.includes(word) || how.indexOf(word) !== at))
    return undefined;
  const [direct, encrypted, unverified] = manners.map((word) => how.includes(word));
  // Only Matrix encrypts, and only there a device is proved to be anybody's.
  if ((encrypted === true && network !== "matrix") || (unverified === true && encrypted !== true)) return undefined;
  const to = { network, encrypted: encrypted === true, unverified: unverified === true };
  return { kind: "on", to: { ...to, direct: direct === true || network === "terminal" } };
}

function readLate([minutes = "", ...more]: Rest): LocalLine | undefined {
  if (more.length > 0 || !/^\d{1,6}$/.test(minutes) || Number(minutes) > longestMinutes) return undefined;
  return { kind: "late", minutes: Number(minutes) };
}

function readRequest(kind: "sign" | "code", [request = "", ...more]: Rest): LocalLine | undefined {
  const digits = /^#?([1-9]\d{0,8})$/.exec(request)?.[1];
  return digits === undefined || more.length > 0 ? undefined : { kind, request: Number(digits) };
}

/** Undefined: the line is not a local one. `breakable`: what `/break` and `/mend` know. */
export function readLocalLine(line: string, breakable: Rest): LocalLine | undefined {
  if (!line.startsWith("/")) return undefined;
  const [word = "", ...rest] = line.trim().split(/\s+/);
  const known = readers(breakable);
  const reader = Object.hasOwn(known, word) ? known[word] : undefined;
  if (reader === undefined) return { kind: "unknown", word };
  return reader.read(rest) ?? { kind: "wrong", usage: reader.usage };
}

/** How a local line may go on: whole lines, for the completion. */
export function completeLocalLine(line: string, people: Rest, breakable: Rest): string[] {
  const all = [
    ...[...people, "stranger"].map((who) => `/as ${who}`),
    ...networks.flatMap((network) =>
      network === "terminal" ? [`/on ${network}`] : [`/on ${network}`, `/on ${network} direct`],
    ),
    "/on matrix encrypted",
    "/on matrix encrypted unverified",
    "/on matrix direct encrypted",
    "/late ",
    "/sign ",
    "/code ",
    ...breakable.flatMap((what) => [`/break ${what}`, `/mend ${what}`]),
    "/help",
    "/quit",
  ];
  if (line.includes(" ")) return all.filter((candidate) => candidate.startsWith(line));
  const words = all.map((candidate) => (candidate.includes(" ") ? `${candidate.split(" ")[0]} ` : candidate));
  return [...new Set(words)].filter((word) => word.startsWith(line));
}
