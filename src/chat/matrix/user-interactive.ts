/**
 * Requests for which a homeserver wants to see the account's owner once more ("User-interactive authentication",
 * https://spec.matrix.org/v1.15/client-server-api/#user-interactive-authentication-api).
 */
import { z } from "zod";
import type { Ask } from "./encryption/requests.ts";
import { StrangeAnswer } from "./failure.ts";

const wantedSchema = z.looseObject({
  session: z.string().min(1).max(255),
  flows: z.array(z.looseObject({ stages: z.array(z.string()) })),
  completed: z.array(z.string()).default([]),
  errcode: z.string().optional(),
});

/** The homeserver asks for more than the access token. */
export class AuthWanted extends StrangeAnswer {
  readonly session: string;
  /** What is still wanted, each way by itself. */
  readonly ways: readonly (readonly string[])[];
  /** Whether something was given and not accepted. */
  readonly refused: boolean;

  constructor(message: string, { session, flows, completed, errcode }: z.output<typeof wantedSchema>) {
    super(message, 401);
    this.session = session;
    this.ways = flows.map(({ stages }) => stages.filter((stage) => !completed.includes(stage)));
    this.refused = errcode !== undefined;
  }
}

/** Undefined where an answer is something else. `message`: of the error. */
export function authWantedOf(message: string, status: number, answer: unknown): AuthWanted | undefined {
  const wanted = status === 401 ? wantedSchema.safeParse(answer).data : undefined;
  return wanted === undefined ? undefined : new AuthWanted(message, wanted);
}

const password = "m.login.password";

/** Asks, and where the homeserver wants it, once more with the account's password. Rejects with AuthWanted where it wants more. */
export async function askAsOwner(
  ask: Ask,
  method: "POST",
  path: string,
  body: object,
  owner: { readonly user: string; readonly password: string },
): Promise<unknown> {
  try {
    return await ask(method, path, undefined, body);
  } catch (fault) {
    if (!(fault instanceof AuthWanted) || !fault.ways.some((way) => way.length === 1 && way[0] === password))
      throw fault;
    const identifier = { type: "m.id.user", user: owner.user };
    const auth = { type: password, identifier, password: owner.password, session: fault.session };
    return await ask(method, path, undefined, { ...body, auth });
  }
}
