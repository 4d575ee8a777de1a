/** Notifications: how they come about, and how they are listed. */
import type { Account, Notice, Status, World } from "./world.ts";

export function notify(
  world: World,
  to: Account,
  from: Account,
  type: string,
  status: Status | undefined,
  emoji?: string,
): void {
  const notice: Notice = { id: world.number("notification"), to, from, type, status, emoji, createdAt: world.now() };
  world.notices.push(notice);
  world.tell({ kind: "notification", to, notice });
}

export type Page = {
  readonly limit: number;
  readonly minId: number | undefined;
  readonly sinceId: number | undefined;
  readonly types: readonly string[];
  readonly excluded: readonly string[];
};

/**
 * A page, newest first. After `minId` come the oldest that are younger than it, so that a reader misses nothing;
 * after `sinceId` the newest of all, whatever lies between.
 */
export function pageOf(world: World, reader: Account, page: Page): readonly Notice[] {
  const wanted = world.notices.filter(
    (one) =>
      one.to === reader &&
      (page.types.length === 0 || page.types.includes(one.type)) &&
      !page.excluded.includes(one.type) &&
      one.id > (page.minId ?? 0) &&
      one.id > (page.sinceId ?? 0),
  );
  const taken = page.minId === undefined ? wanted.slice(-page.limit) : wanted.slice(0, page.limit);
  return taken.reverse();
}
