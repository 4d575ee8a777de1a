/** A new device of the bot's account, by its password. An older device is never taken: its keys would be another's. */
import { z } from "zod";
import { Secret } from "../../../config/secret.ts";
import { isMxid } from "../../../people/account.ts";
import type { Refused } from "../refused.ts";

export type LoggedIn = {
  /** Its Matrix ID. */
  readonly user: string;
  readonly device: string;
  readonly token: Secret;
};

const timeoutMs = 20_000;
const versionsSchema = z.looseObject({ versions: z.array(z.string()).min(1) });
const flowsSchema = z.looseObject({ flows: z.array(z.looseObject({ type: z.string() })) });
const loggedInSchema = z.looseObject({
  user_id: z.string().refine(isMxid),
  device_id: z.string().min(1).max(255),
  access_token: z.string().regex(/^[!-~]{8,1024}$/),
});
const errorSchema = z.looseObject({ errcode: z.string(), error: z.string().optional() });

/** Whether a bot can log in there at all. */
export async function lookAt(homeserver: string): Promise<Refused | undefined> {
  const versions = await call(homeserver, "GET", "/_matrix/client/versions");
  if (!versionsSchema.safeParse(versions.answer).success) {
    return {
      wrong: `${homeserver} does not answer as a homeserver (${versions.why ?? versions.status})`,
      mend: `--homeserver wants the address of its client API: GET ${homeserver}/_matrix/client/versions must show versions.`,
    };
  }
  const { answer } = await call(homeserver, "GET", loginPath);
  const flows = flowsSchema.safeParse(answer).data?.flows.map(({ type }) => type) ?? [];
  if (flows.includes("m.login.password")) return undefined;
  return {
    wrong: `${homeserver} lets nobody log in with a password`,
    mend: "This needs an account with a password: ask who runs the homeserver for one. Without it, put a token in place by hand (.env.example tells how): `serve` works with that alone, but without a recovery key.",
  };
}

/** `user`: a name, or a Matrix ID, which the account must then have. */
export async function logIn(homeserver: string, user: string, password: Secret): Promise<LoggedIn | Refused> {
  const { status, answer, why } = await call(homeserver, "POST", loginPath, {
    type: "m.login.password",
    identifier: { type: "m.id.user", user },
    password: password.reveal(),
    initial_device_display_name: "Manchot",
  });
  const made = loggedInSchema.safeParse(answer).data;
  if (made !== undefined) return { user: made.user_id, device: made.device_id, token: new Secret(made.access_token) };
  const told = errorSchema.safeParse(answer).data;
  switch (told?.errcode) {
    case "M_FORBIDDEN":
      return { wrong: "the homeserver does not take this name and password", mend: "Try again." };
    case "M_LIMIT_EXCEEDED":
      return { wrong: "the homeserver has had too many tries", mend: "Wait some minutes, and run it again." };
    default:
      return {
        wrong: `the homeserver did not log ${user} in (${why ?? `${status} ${told?.errcode ?? ""}`.trim()})`,
        mend: "Run it again in a minute; if it stays so, ask who runs the homeserver whether the account is locked.",
      };
  }
}

const loginPath = "/_matrix/client/v3/login";

/**
 * As nobody, and never to another place than the one that was given. Where nobody answered, `status` is 0, and `why` what the
 * system calls it: a name that is not known, a certificate that nobody vouches for.
 */
async function call(
  homeserver: string,
  method: "GET" | "POST",
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly answer: unknown; readonly why?: string }> {
  try {
    const answer = await fetch(`${homeserver}${path}`, {
      method,
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    return { status: answer.status, answer: await answer.json().catch(() => undefined) };
  } catch (fault) {
    const cause = fault instanceof Error ? fault.cause : undefined;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
    return { status: 0, answer: undefined, why: code ?? "no answer" };
  }
}
