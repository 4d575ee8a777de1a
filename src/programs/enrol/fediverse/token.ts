/** The bot's access token: by its password where the server has that way, else by a browser and a code. */
import { z } from "zod";
import type { Failure } from "../../../chat/fediverse/failure.ts";
import { createHttp } from "../../../chat/fediverse/http.ts";
import { Secret } from "../../../config/secret.ts";
import type { AskSecret } from "../ask-secret.ts";
import { gaveUp, type Refused } from "../refused.ts";

/** What the bot does: read and write posts, pictures with them, and look after its own profile. */
export const scopes = "read write:statuses write:media write:accounts";

/** Shown to the person by the server, to be typed in here. */
const outOfBand = "urn:ietf:wg:oauth:2.0:oob";
const timeoutMs = 20_000;

export type Token = Secret | Refused;

type At = {
  readonly server: string;
  readonly user: string;
  readonly ask: AskSecret["ask"];
  readonly tell: (line: string) => void;
};

const byBrowser = "Run it again with --browser, and log in there.";

const application = z.object({ client_id: z.string().min(1), client_secret: z.string().min(1) });
const granted = z.object({ access_token: z.string().regex(/^[!-~]{8,1024}$/) });

/** OAuth's password grant (Pleroma, Akkoma). */
export async function tokenByPassword({ server, user, ask, tell }: At): Promise<Token> {
  const password = await ask(`Password of @${user} at ${server} (it is not shown): `);
  if (password === undefined) return gaveUp;
  const app = await register(server);
  if ("wrong" in app) return app;
  const http = createHttp({ server, secrets: [password.reveal(), app.client_secret], timeoutMs });
  const body = { grant_type: "password", username: user, password: password.reveal(), ...app, scope: scopes };
  const reply = await http.call({ method: "POST", path: "/oauth/token", body, answer: granted });
  http.close();
  if (reply.kind === "ok") return new Secret(reply.value.access_token);
  if (/mfa_required/.test(reply.why)) {
    return { wrong: `@${user} has a second factor, which only a browser can give`, mend: byBrowser };
  }
  // Mastodon and GoToSocial know no passwords here.
  if (/unsupported_grant_type|unauthorized_client|grant type|not supported/i.test(reply.why)) {
    tell("This server gives no tokens for passwords: it wants a browser.");
    return await tokenByBrowser({ server, user, ask, tell });
  }
  if (/invalid credentials|invalid_grant/i.test(reply.why)) {
    return {
      wrong: `the server does not take this name and password (${reply.why})`,
      mend: `Try again. Or: ${byBrowser}`,
    };
  }
  return refused(reply, `Log in as @${user} in a browser, and see what the server says there. Or: ${byBrowser}`);
}

/** OAuth's code grant, without a page of our own to come back to. */
export async function tokenByBrowser({ server, user, ask, tell }: At): Promise<Token> {
  const app = await register(server);
  if ("wrong" in app) return app;
  const query = new URLSearchParams({
    response_type: "code",
    client_id: app.client_id,
    redirect_uri: outOfBand,
    scope: scopes,
  });
  tell(`Open this address in a browser, logged in as @${user}:\n\n  ${server}/oauth/authorize?${query}\n`);
  const code = await ask("The code that it shows then (what you type is not shown): ");
  if (code === undefined) return gaveUp;
  const http = createHttp({ server, secrets: [code.reveal(), app.client_secret], timeoutMs });
  const body = {
    grant_type: "authorization_code",
    code: code.reveal().trim(),
    ...app,
    redirect_uri: outOfBand,
    scope: scopes,
  };
  const reply = await http.call({ method: "POST", path: "/oauth/token", body, answer: granted });
  http.close();
  if (reply.kind === "ok") return new Secret(reply.value.access_token);
  return refused(reply, "A code works once, and for some minutes: run it again, and copy the whole of it.");
}

/** snac2 has a way of its own: it answers with the bare token, or with its login page again. */
export async function tokenOfSnac({ server, user, ask }: At): Promise<Token> {
  const password = await ask(`Password of @${user} at ${server} (it is not shown): `);
  if (password === undefined) return gaveUp;
  const body = new URLSearchParams({ login: user, passwd: password.reveal() });
  let text: string;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const answer = await fetch(`${server}/oauth/x-snac-get-token`, { method: "POST", body, signal, redirect: "error" });
    text = answer.ok ? await answer.text() : "";
  } catch {
    return { wrong: "the server did not answer", mend: "Run it again in a minute." };
  }
  if (/^[0-9a-f]{16,128}$/.test(text)) return new Secret(text);
  return {
    wrong: "the server does not take this name and password",
    mend: "Try again. snac2 sets a new password with: snac resetpwd FOLDER NAME",
  };
}

async function register(server: string): Promise<z.output<typeof application> | Refused> {
  const http = createHttp({ server, timeoutMs });
  const body = { client_name: "Manchot", redirect_uris: outOfBand, scopes };
  const reply = await http.call({ method: "POST", path: "/api/v1/apps", body, answer: application });
  http.close();
  if (reply.kind === "ok") return reply.value;
  return refused(reply, "Run it again in a minute; if it stays so, ask whoever runs that server.");
}

/** A failure in words. `why` carries no secret: the calls take them out. */
export function refused(failure: Failure, mend: string): Refused {
  if (failure.kind !== "limited") return { wrong: failure.why, mend };
  const seconds = Math.ceil(failure.afterMs / 1000);
  return {
    wrong: failure.why,
    mend: `The server has had too many tries: wait ${seconds} s or more (Pleroma: 15 min).`,
  };
}
