/** The bot's notifications, forwards from a cursor. The cursor is taken from the raw answers: no notification may hide it. */
import { z } from "zod";
import type { Self } from "./account.ts";
import type { Http, Reply } from "./http.ts";

export type Notification = { readonly id: string; readonly raw: unknown };

/** Servers give at most so many at once (Pleroma 40, where others give fewer). */
const pageSize = 40;
/** At most this many pages are fetched to fill one gap. */
const mostPages = 100;

const idSchema = z.looseObject({ id: z.union([z.string().regex(/^[0-9A-Za-z_-]{1,64}$/), z.int().transform(String)]) });
const listSchema = z.array(z.unknown());

/** Where a bot begins that has never read anything: behind the newest. */
export async function newest(http: Http, signal: AbortSignal): Promise<Reply<string | undefined>> {
  const page = await fetchPage(http, { limit: 1 }, signal);
  return page.kind === "ok" ? { kind: "ok", value: page.value.at(-1)?.id } : page;
}

/** The next ones behind a cursor, oldest first; none where nothing is new. */
export async function after(
  http: Http,
  cursor: string,
  self: Pick<Self, "pleroma">,
  signal: AbortSignal,
): Promise<Reply<readonly Notification[]>> {
  const page = await fetchPage(http, { min_id: cursor, limit: pageSize }, signal);
  if (page.kind !== "ok") return page;
  let found = page.value.filter(({ id }) => compareIds(id, cursor) > 0);
  // Some servers (snac2) give the newest of a backlog, not what follows the cursor: what lies between is asked for too.
  for (let pages = 0; !self.pleroma && pages < mostPages; pages++) {
    const [first] = found;
    if (first === undefined) break;
    const between = await fetchPage(http, { min_id: cursor, max_id: first.id, limit: pageSize }, signal);
    if (between.kind !== "ok") return between;
    const older = between.value.filter(({ id }) => compareIds(id, cursor) > 0 && compareIds(id, first.id) < 0);
    if (older.length === 0) break;
    found = [...older, ...found];
  }
  return { kind: "ok", value: found };
}

async function fetchPage(
  http: Http,
  query: Readonly<Record<string, string | number>>,
  signal: AbortSignal,
): Promise<Reply<readonly Notification[]>> {
  const page = await http.call({ method: "GET", path: "/api/v1/notifications", query, answer: listSchema, signal });
  if (page.kind !== "ok") return page;
  const found = page.value.flatMap((raw) => {
    const id = idSchema.safeParse(raw).data?.id;
    return id === undefined ? [] : [{ id, raw }];
  });
  return { kind: "ok", value: found.sort((a, b) => compareIds(a.id, b.id)) };
}

/** Integers by value (`9` before `10`); other servers' ids as they sort them: by length, then by letter. */
export function compareIds(a: string, b: string): number {
  const [left, right] = [a, b].map((id) => id.replace(/^0+(?=\d)/, ""));
  if (left === undefined || right === undefined || left === right) return 0;
  return left.length === right.length ? (left < right ? -1 : 1) : left.length - right.length;
}
