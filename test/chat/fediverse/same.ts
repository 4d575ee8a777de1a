/**
 * Compares what the stand-in answered with what was recorded: everything, but for what cannot be equal. Ids are
 * learnt: the same recorded id must be the same id of the stand-in wherever it comes.
 */
import { recordedOrigin } from "../../rig/pleroma/recordings.ts";

/** Whole numbers and secrets that differ from server to server, by the key under which they stand. */
const kindOnly = new Set([
  "conversation_id",
  "direct_conversation_id",
  "chat_token",
  "client_id",
  "client_secret",
  "access_token",
  "refresh_token",
  "vapid_key",
  "created_at (number)",
  "followers_count",
  "following_count",
  "statuses_count",
  "unread_conversation_count",
  "unread_notifications_count",
]);

const flake = /\bB[0-9A-Za-z]{17}\b/gu;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gu;
const digest = /[0-9a-f]{64}/gu;
const date = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d\.000Z)?$/u;

export class Ids {
  readonly #ours = new Map<string, string>();
  readonly #recorded = new Map<string, string>();

  /** Whether the two can be the same; they are from now on. */
  bind(recorded: string, ours: string): boolean {
    const [known, back] = [this.#ours.get(recorded), this.#recorded.get(ours)];
    if (known !== undefined || back !== undefined) return known === ours && back === recorded;
    this.#ours.set(recorded, ours);
    this.#recorded.set(ours, recorded);
    return true;
  }

  /** The stand-in's id for one that was recorded. */
  ours(recorded: string): string | undefined {
    return this.#ours.get(recorded);
  }

  /** A text with all ids that are known put in place of the recorded ones. */
  translated(text: string): string {
    const ours = (id: string) => this.#ours.get(id) ?? id;
    return text.replace(flake, ours).replace(uuid, ours).replace(digest, ours);
  }
}

/** The paths at which the two differ, each with how. */
export function differences(recorded: unknown, ours: unknown, ids: Ids, origin: string, path = ""): readonly string[] {
  const key = path.split(".").at(-1) ?? "";
  if (kindOf(recorded) !== kindOf(ours)) return [`${path}: ${kindOf(recorded)} became ${kindOf(ours)}`];
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    if (recorded.length !== ours.length) return [`${path}: ${recorded.length} items became ${ours.length}`];
    return recorded.flatMap((item, at) => differences(item, ours[at], ids, origin, `${path}[${at}]`));
  }
  if (typeof recorded === "object" && recorded !== null) {
    const [one, other] = [recorded as Record<string, unknown>, ours as Record<string, unknown>];
    const missing = Object.keys(one).filter((name) => !(name in other));
    const added = Object.keys(other).filter((name) => !(name in one));
    return [
      ...missing.map((name) => `${path}.${name}: missing`),
      ...added.map((name) => `${path}.${name}: added`),
      ...Object.keys(one)
        .filter((name) => name in other)
        .flatMap((name) => differences(one[name], other[name], ids, origin, `${path}.${name}`)),
    ];
  }
  if (kindOnly.has(key) || kindOnly.has(`${key} (${typeof recorded})`)) return [];
  if (typeof recorded === "string" || key === "id") {
    return differ(String(recorded), String(ours), ids, origin, path, key);
  }
  return recorded === ours ? [] : [`${path}: ${String(recorded)} became ${String(ours)}`];
}

function differ(
  recorded: string,
  ours: string,
  ids: Ids,
  origin: string,
  path: string,
  key: string,
): readonly string[] {
  if (date.test(recorded) && date.test(ours) && recorded.length === ours.length) return [];
  // Whole numbers that count things for a whole server: notifications, media, apps.
  if (key === "id" && /^\d+$/u.test(recorded) && /^\d+$/u.test(ours)) {
    const kind = ["media", "oauth", "apps"].find((one) => path.includes(one)) ?? "number";
    return ids.bind(`${kind} ${recorded}`, `${kind} ${ours}`) ? [] : [`${path}: ${recorded} became ${ours}`];
  }
  for (const pattern of [flake, uuid, digest]) {
    const [one, other] = [recorded.match(pattern) ?? [], ours.match(pattern) ?? []];
    for (const [at, id] of one.entries()) {
      const our = other[at];
      if (our === undefined || !ids.bind(id, our)) return [`${path}: ${recorded} became ${ours}`];
    }
  }
  const expected = ids.translated(recorded).replaceAll(recordedOrigin, origin);
  return expected.replace("ws://127.0.0.1:4000", origin.replace("http", "ws")) === ours
    ? []
    : [`${path}: ${recorded} became ${ours}`];
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
