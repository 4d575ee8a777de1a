/** What the server says of itself, and how one gets a token. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type Answer, accountDisabled, ok, wrongPassword } from "./answer.ts";
import { secret } from "./ids.ts";
import { recordedBody } from "./recordings.ts";
import { type Asked, anything, assumed, by, oneOf, type Row, text } from "./routes.ts";
import type { Account, App } from "./world.ts";

const oob = "urn:ietf:wg:oauth:2.0:oob";

export const serverRows: readonly Row[] = [
  { method: "GET", route: "/api/v1/instance", basis: by("001"), answer: (asked) => ok(instance(asked, "001")) },
  { method: "GET", route: "/api/v2/instance", basis: by("002"), answer: (asked) => ok(instance(asked, "002")) },
  {
    method: "GET",
    route: "/nodeinfo/2.1.json",
    basis: by("003"),
    answer: (asked) =>
      ok(recordedBody("003", asked.settings.url), {
        "content-type": "application/json; profile=http://nodeinfo.diaspora.software/ns/schema/2.0#; charset=utf-8",
      }),
  },
  {
    method: "GET",
    route: "/.well-known/nodeinfo",
    basis: by("004"),
    answer: (asked) => ok(recordedBody("004", asked.settings.url)),
  },
  {
    method: "POST",
    route: "/api/v1/apps",
    basis: by("264"),
    body: { client_name: text("264"), redirect_uris: oneOf("264", oob), scopes: text("264") },
    answer: (asked) => {
      const app: App = { clientId: secret(), clientSecret: secret(), name: String(asked.body.client_name) };
      asked.world.apps.set(app.clientId, app);
      return ok({
        client_id: app.clientId,
        client_secret: app.clientSecret,
        id: String(asked.world.number("app")),
        name: app.name,
        redirect_uri: oob,
        website: null,
        vapid_key: randomBytes(32).toString("base64url"),
      });
    },
  },
  {
    method: "POST",
    route: "/oauth/token",
    basis: by("266"),
    body: {
      grant_type: oneOf("266 265", "password", "client_credentials"),
      username: text("266"),
      password: text("266"),
      client_id: text("266"),
      client_secret: text("266"),
      scope: {
        basis: assumed("whole scopes as in 266; parts of them (`write:statuses`) as Pleroma's documentation has them"),
        schema: z
          .string()
          .regex(/^(?:read|write|follow|push)(?::[a-z]+)?(?: (?:read|write|follow|push)(?::[a-z]+)?)*$/u),
      },
    },
    answer: token,
  },
  {
    method: "POST",
    route: "/oauth/revoke",
    basis: by("131"),
    body: { token: text("131"), client_id: text("131"), client_secret: anything("131") },
    answer: (asked) => {
      const value = String(asked.body.token);
      if (asked.world.tokens.delete(value)) asked.world.tell({ kind: "revoked", token: value });
      return ok({});
    },
  },
];

/** What the server says of itself, with this server's limits in place of those recorded. */
function instance(asked: Asked, recording: string): unknown {
  const body = recordedBody(recording, asked.settings.url) as Record<string, unknown> & {
    configuration: { statuses: { max_characters: number } };
  };
  body.configuration.statuses.max_characters = asked.settings.characters;
  if ("max_toot_chars" in body) body.max_toot_chars = asked.settings.characters;
  if ("uri" in body) body.uri = asked.world.domain;
  if ("domain" in body) body.domain = asked.world.domain;
  return body;
}

function token(asked: Asked): Answer {
  const given = asked.body as { grant_type?: string; username?: string; password?: string; scope?: string };
  const app = asked.world.apps.get(String(asked.body.client_id));
  if (app === undefined || app.clientSecret !== asked.body.client_secret) return wrongPassword;
  const scope = given.scope ?? "read write follow push";
  let account: Account | undefined;
  if (given.grant_type === "password") {
    account = asked.world.accounts.find((one) => one.local && one.nickname === given.username);
    if (account === undefined || account.password !== given.password) return wrongPassword;
    if (account.disabled) return accountDisabled;
  }
  const value = secret();
  asked.world.tokens.set(value, { value, account, scopes: scope.split(" "), app });
  return ok({
    access_token: value,
    created_at: Math.floor(asked.world.now() / 1000),
    expires_in: 3_153_600_000,
    id: asked.world.number("token"),
    ...(account === undefined ? {} : { me: account.apId }),
    refresh_token: secret(),
    scope,
    token_type: "Bearer",
  });
}
