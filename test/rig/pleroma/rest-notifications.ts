/** Notifications. */
import { fault, noSuchNotification, ok } from "./answer.ts";
import { pageOf } from "./notifications.ts";
import { owner } from "./rest-accounts.ts";
import { by, links, type Row, text, whole } from "./routes.ts";
import { noticeView } from "./views.ts";

const route = "/api/v1/notifications";

export const notificationRows: readonly Row[] = [
  {
    method: "GET",
    route,
    basis: by("020"),
    scope: "read:notifications",
    query: {
      limit: whole("020"),
      min_id: text("023 241"),
      since_id: text("024"),
      "types[]": text("022"),
      "exclude_types[]": text("025"),
    },
    answer: (asked) => {
      const limit = Math.min(Number(asked.query.get("limit") ?? 20), 40);
      const [minId, sinceId] = ["min_id", "since_id"].map((name) => asked.query.get(name) ?? undefined);
      if ([minId, sinceId].some((id) => id !== undefined && !/^\d+$/u.test(id))) return fault;
      const page = pageOf(asked.world, owner(asked), {
        limit,
        minId: minId === undefined ? undefined : Number(minId),
        sinceId: sinceId === undefined ? undefined : Number(sinceId),
        types: asked.query.getAll("types[]"),
        excluded: asked.query.getAll("exclude_types[]"),
      });
      const headers = links(
        asked,
        route,
        page.map((notice) => String(notice.id)),
        limit,
      );
      return ok(
        page.map((notice) => noticeView(asked.world, notice, { app: true })),
        headers,
      );
    },
  },
  {
    method: "GET",
    route: `${route}/:id`,
    basis: by("021"),
    scope: "read:notifications",
    answer: (asked) => {
      const notice = asked.world.notices.find((one) => String(one.id) === asked.ids.id && one.to === asked.viewer);
      return notice === undefined ? noSuchNotification : ok(noticeView(asked.world, notice, { app: true }));
    },
  },
  {
    method: "POST",
    route: `${route}/:id/dismiss`,
    basis: by("090"),
    scope: "write:notifications",
    answer: (asked) => {
      const at = asked.world.notices.findIndex((one) => String(one.id) === asked.ids.id && one.to === asked.viewer);
      if (at < 0) return noSuchNotification;
      asked.world.notices.splice(at, 1);
      return ok({});
    },
  },
];
