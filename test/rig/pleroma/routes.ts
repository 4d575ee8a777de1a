/**
 * The shape of the table of what the stand-in serves. Each route, each parameter and each key of a body names the
 * recording in which the real server took it; whatever the table does not have is a call that no recording covers.
 */
import { z } from "zod";
import type { Answer } from "./answer.ts";
import type { Idempotency } from "./idempotency.ts";
import type { Limits } from "./limits.ts";
import type { Account, World } from "./world.ts";

/** The number of a recording, or why there is none: an assumption, which the contract test lists. */
export type Basis = { readonly recording: string } | { readonly assumed: string };

export type Taken = { readonly basis: Basis; readonly schema: z.ZodType };

export type Upload = {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: number;
  readonly digest: string;
};

export type Asked = {
  readonly world: World;
  readonly settings: Settings;
  readonly ids: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly upload: Upload | undefined;
  /** The name of the program whose token it is. */
  readonly app: string | undefined;
  /** Who asks; nobody where the route takes no token or the token is an app's. */
  readonly viewer: Account | undefined;
};

export type Settings = {
  readonly url: string;
  readonly characters: number;
  readonly uploadBytes: number;
  readonly limits: Limits;
  readonly idempotency: Idempotency;
};

export type Row = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly route: string;
  readonly basis: Basis;
  /** The scope that a user's token must have. Without one the route reads a token where there is one. */
  readonly scope?: string;
  readonly query?: Readonly<Record<string, Taken>>;
  readonly body?: Readonly<Record<string, Taken>>;
  /** Whether it takes a file. */
  readonly file?: true;
  /** Whether it takes an idempotency key. */
  readonly keyed?: true;
  /** Whether it counts against the limit of creations and deletions. */
  readonly counted?: true;
  readonly answer: (asked: Asked) => Answer;
};

/** A call that no recording covers: the suite must fail on it. */
export class Unrecorded extends Error {}

export const by = (recording: string): Basis => ({ recording });
export const assumed = (why: string): Basis => ({ assumed: why });
export const text = (recording: string): Taken => ({ basis: by(recording), schema: z.string() });
export const whole = (recording: string): Taken => ({ basis: by(recording), schema: z.string().regex(/^\d+$/u) });
export const anything = (recording: string): Taken => ({ basis: by(recording), schema: z.unknown() });
export const texts = (recording: string): Taken => ({ basis: by(recording), schema: z.array(z.string()) });
export const yesNo = (recording: string): Taken => ({ basis: by(recording), schema: z.boolean() });
export const oneOf = (recording: string, ...values: string[]): Taken => ({
  basis: by(recording),
  schema: z.enum(values as [string, ...string[]]),
});

/** The row for a call, and what stands in the path's open places. */
export function rowFor(
  rows: readonly Row[],
  method: string,
  path: string,
): { readonly row: Row; readonly ids: Readonly<Record<string, string>> } | undefined {
  const parts = path.split("/");
  for (const row of rows) {
    const pattern = row.route.split("/");
    if (row.method !== method || pattern.length !== parts.length) continue;
    const ids: Record<string, string> = {};
    const fits = pattern.every((part, at) => {
      const given = parts[at] ?? "";
      if (!part.startsWith(":")) return part === given;
      ids[part.slice(1)] = decodeURIComponent(given);
      return given !== "";
    });
    if (fits) return { row, ids };
  }
  return undefined;
}

/** Fails where a call gives what the row does not take. */
export function covered(row: Row, query: URLSearchParams, body: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of query) {
    if (!(row.query?.[name]?.schema.safeParse(value).success ?? false)) {
      throw new Unrecorded(`parameter ${name} as given`);
    }
  }
  for (const [name, value] of Object.entries(body)) {
    if (!(row.body?.[name]?.schema.safeParse(value).success ?? false)) throw new Unrecorded(`key ${name} as given`);
  }
}

/** The headers for paging through a list, as Pleroma makes them; none for an empty list. */
export function links(
  asked: Asked,
  path: string,
  ids: readonly string[],
  limit: number,
): Readonly<Record<string, string>> {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return {};
  const to = (drop: readonly string[], name: string, id: string) => {
    const given = [...asked.query].filter(([key]) => ![...drop, name, "limit", "offset"].includes(key));
    const all = [...given, ["limit", String(limit)], ["offset", "0"], [name, id]] as [string, string][];
    const sorted = all.sort(([one], [other]) => (one < other ? -1 : 1));
    return `${asked.settings.url}${path}?${sorted.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&")}`;
  };
  return { link: `<${to([], "max_id", last)}>; rel="next", <${to(["max_id"], "min_id", first)}>; rel="prev"` };
}
