/** Accounts: one's own, and those of others. */
import { z } from "zod";
import { accountView } from "./account-view.ts";
import { notFound, ok } from "./answer.ts";
import { visible } from "./posting.ts";
import { type Asked, assumed, by, links, type Row, text, whole, yesNo } from "./routes.ts";
import { statusView } from "./views.ts";
import type { Account } from "./world.ts";

type Settings = { bot?: boolean; note?: string; locked?: boolean; accepts_chat_messages?: boolean };

export const accountRows: readonly Row[] = [
  {
    method: "GET",
    route: "/api/v1/accounts/verify_credentials",
    basis: by("006"),
    scope: "read:accounts",
    answer: (asked) => ok(accountView(asked.world, owner(asked), asked.viewer, "verifying")),
  },
  {
    method: "PATCH",
    route: "/api/v1/accounts/update_credentials",
    basis: by("008"),
    scope: "write:accounts",
    body: {
      bot: yesNo("008"),
      note: text("008"),
      locked: yesNo("201"),
      accepts_chat_messages: {
        basis: assumed("in Pleroma's documentation of this call; the account then shows it (006 has it true)"),
        schema: z.boolean(),
      },
    },
    answer: (asked) => {
      const account = owner(asked);
      const { bot, note, locked, accepts_chat_messages: chats } = asked.body as Settings;
      account.bot = bot ?? account.bot;
      account.note = note ?? account.note;
      account.chats = chats ?? account.chats;
      account.locked = locked ?? account.locked;
      return ok(accountView(asked.world, account, asked.viewer, "settings"));
    },
  },
  {
    method: "GET",
    route: "/api/v1/accounts/lookup",
    basis: by("009"),
    query: { acct: text("009") },
    answer: (asked) => {
      const wanted = asked.query.get("acct") ?? "";
      const [name, host] = wanted.split("@");
      const acct = host === asked.world.domain ? name : wanted;
      return shown(
        asked,
        asked.world.accounts.find((one) => one.acct === acct),
      );
    },
  },
  {
    method: "GET",
    route: "/api/v1/accounts/search",
    basis: by("010"),
    scope: "read:accounts",
    query: { q: text("010"), limit: whole("010") },
    answer: (asked) => {
      const wanted = asked.query.get("q") ?? "";
      const found = asked.world.accounts.filter((one) => one.acct.includes(wanted));
      const shownOnes = found.slice(0, Number(asked.query.get("limit") ?? 40));
      return ok(shownOnes.map((one) => accountView(asked.world, one, asked.viewer)));
    },
  },
  {
    method: "GET",
    route: "/api/v1/accounts/:id",
    basis: assumed("shows an account as 009 does; 404 as for a post (106), as Pleroma's documentation has it"),
    answer: (asked) =>
      shown(
        asked,
        asked.world.accounts.find((one) => one.id === asked.ids.id),
      ),
  },
  {
    method: "GET",
    route: "/api/v1/accounts/:id/statuses",
    basis: by("095"),
    query: { limit: whole("095") },
    answer: (asked) => {
      const limit = Math.min(Number(asked.query.get("limit") ?? 20), 40);
      const found = [...asked.world.statuses.values()]
        .filter((one) => one.author.id === asked.ids.id && !one.deleted && visible(one, asked.viewer))
        .reverse()
        .slice(0, limit);
      const headers = links(
        asked,
        `/api/v1/accounts/${asked.ids.id}/statuses`,
        found.map((one) => one.id),
        limit,
      );
      return ok(
        found.map((one) => statusView(asked.world, one, asked.viewer, { app: true })),
        headers,
      );
    },
  },
];

/** The account of the token; the table has made sure of one. */
export function owner(asked: Asked): Account {
  if (asked.viewer === undefined) throw new Error("a route without a scope asked for its user");
  return asked.viewer;
}

function shown(asked: Asked, account: Account | undefined) {
  return account === undefined || account.disabled ? notFound : ok(accountView(asked.world, account, asked.viewer));
}
