/** The bot's own account on its server, and the accounts of the people that are looked up there. */
import { z } from "zod";
import { accountSchema } from "../../../chat/fediverse/account.ts";
import { realClock } from "../../../chat/fediverse/clock.ts";
import type { Http } from "../../../chat/fediverse/http.ts";
import { whoAmI } from "../../../chat/fediverse/who-am-i.ts";
import { say as sayIn } from "../../../languages/index.ts";
import { createLog, faultOf } from "../../../log.ts";
import { parseFediverseAccount, printFediverseAccount } from "../../../people/fediverse-account.ts";
import { oneLine } from "../one-line.ts";
import type { Refused } from "../refused.ts";
import { refused } from "./token.ts";

const told = z
  .object({
    display_name: z.string().nullish(),
    source: z.looseObject({ note: z.string().nullish() }).nullish(),
    pleroma: z.looseObject({ accepts_chat_messages: z.boolean().nullish() }).nullish(),
  })
  .and(accountSchema);
const instance = z.looseObject({ version: z.string() });

export type Server = { readonly version: string; readonly snac: boolean };

/** What answers there, asked as nobody. */
export async function serverAt(http: Http, server: string): Promise<Server | Refused> {
  const reply = await http.call({ method: "GET", path: "/api/v1/instance", answer: instance });
  if (reply.kind !== "ok") {
    const mend = `See whether ${server}/api/v1/instance shows a page of JSON in a browser; --server wants the address that does.`;
    return refused(reply, mend);
  }
  const { version } = reply.value;
  return { version: oneLine(version), snac: /\bsnac\//.test(version) };
}

export type Own = {
  readonly actor: string;
  /** `@name@domain`, as the bot will ask for it at its start. */
  readonly handle: string;
  readonly domain: string;
  readonly bot: boolean;
  readonly description: string;
  /** Pleroma: whether people can open chats with it, which the bot does not read. */
  readonly chats: boolean;
};

/** The account that the token belongs to, seen as the bot will see it at its start. */
export async function ownAccount(http: Http, server: string, user: string): Promise<Own | Refused> {
  const once = { clock: realClock, startMs: 0, log: createLog("silent", []), signal: new AbortController().signal };
  const self = await whoAmI({ http, server, ...once }).catch((fault: unknown) => faultOf(fault).fault);
  if (typeof self === "string") return { wrong: self, mend: "The token was made and is not kept. Run it again." };
  const { name, domain, actor } = self;
  if (name.toLowerCase() !== user.toLowerCase()) {
    return { wrong: `the token is for @${name}, not for @${user}`, mend: "Log in as the bot, in a private window." };
  }
  const reply = await http.call({ method: "GET", path: "/api/v1/accounts/verify_credentials", answer: told });
  if (reply.kind !== "ok") return refused(reply, "Run it again.");
  const { bot, source, pleroma } = reply.value;
  const chats = pleroma?.accepts_chat_messages === true;
  return { actor, handle: `@${name}@${domain}`, domain, bot, description: source?.note ?? "", chats };
}

/** Marks it as a bot, describes it, closes its chats: only what is not so yet. What was done, line by line. */
export async function prepareProfile(http: Http, own: Own, owner: string | undefined): Promise<string[] | Refused> {
  const done: string[] = [];
  const set = async (values: object): Promise<Refused | undefined> => {
    const path = "/api/v1/accounts/update_credentials";
    const reply = await http.call({ method: "PATCH", path, body: values, answer: told });
    return reply.kind === "ok" ? undefined : refused(reply, "Run it again; or set it in the account's settings.");
  };
  const text = descriptionOf(own.handle, owner);
  // What somebody has written there is theirs, unless they ask for another.
  const describe = own.description.trim() === "" || (owner !== undefined && own.description !== text);
  if (!own.bot || describe) {
    const failed = await set({ ...(own.bot ? {} : { bot: true }), ...(describe ? { note: text } : {}) });
    if (failed !== undefined) return failed;
    if (!own.bot) done.push("it is marked as a bot");
    if (describe) done.push("its description says that it is a bot, how to get help, and whom to write to");
  }
  if (own.chats) {
    const failed = await set({ accepts_chat_messages: false });
    if (failed !== undefined) return failed;
    done.push("its chats are closed (the bot does not read them)");
  }
  return done.length === 0 ? ["its profile was ready already"] : done;
}

/** In both languages: whoever finds the account does not know which one the bot speaks. */
function descriptionOf(handle: string, owner: string | undefined): string {
  const [, name = ""] = handle.split("@");
  const texts = (["fr", "en"] as const).map((language) => {
    const say = sayIn(language);
    return [say("enrol-bio", { name }), ...(owner === undefined ? [] : [say("enrol-bio-owner", { owner })])].join(" ");
  });
  return texts.join("\n\n");
}

export type Found = {
  /** As it is pinned. */
  readonly account: string;
  readonly handle: string;
  readonly name: string;
  readonly local: boolean;
  readonly bot: boolean;
  readonly moved: boolean;
};

/** A person's account, as the bot's server knows it. */
export async function findPerson(http: Http, server: string, own: Own, person: string): Promise<Found | Refused> {
  const [, domain = own.domain] = person.split("@");
  const query = { acct: person };
  const reply = await http.call({ method: "GET", path: "/api/v1/accounts/lookup", query, answer: told });
  if (reply.kind !== "ok" && reply.status === 404) {
    const mend =
      domain === own.domain
        ? "See how the account is spelt."
        : "A server knows an account of another one only once it has met it: have them write to the bot; its `whoami` then shows the line.";
    return { wrong: `@${person} is not known at ${server}`, mend };
  }
  if (reply.kind !== "ok") return refused(reply, "Run it again.");
  const { id, actor, bot, moved, display_name } = reply.value;
  const account = printFediverseAccount({ server, id, uri: actor ?? "" });
  const parsed = parseFediverseAccount(account);
  if (!parsed.ok) return { wrong: `@${person} cannot be pinned: it ${parsed.wrong}`, mend: "Ask who runs its server." };
  const local = new URL(parsed.account.uri).origin === new URL(own.actor).origin;
  const shown = reply.value.acct.includes("@") ? reply.value.acct : `${reply.value.acct}@${own.domain}`;
  return { account, handle: `@${shown}`, name: oneLine(display_name ?? ""), local, bot, moved };
}
