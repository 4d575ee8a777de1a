/** What an enrolment works with once it is logged in: the homeserver, the new device's machine, and who is told what. */
import type { OlmMachine } from "@matrix-org/matrix-sdk-crypto-wasm";
import { HardenedClient } from "../../../chat/matrix/client.ts";
import { openMachine } from "../../../chat/matrix/encryption/machine.ts";
import { type Ask, createRequests, type Requests } from "../../../chat/matrix/encryption/requests.ts";
import { failureOf } from "../../../chat/matrix/failure.ts";
import type { Secret } from "../../../config/secret.ts";
import { createLog } from "../../../log.ts";
import type { Refused } from "../refused.ts";
import type { LoggedIn } from "./login.ts";

/** Who is logged in. */
export type Connection = {
  /** The bot's Matrix ID. */
  readonly user: string;
  readonly device: string;
  readonly password: Secret;
  readonly ask: Ask;
  readonly tell: (line: string) => void;
  /** Does the work. What the homeserver does not do or answer becomes a refusal. */
  attempt<T>(work: () => Promise<T>): Promise<T | Refused>;
  logOut(): Promise<void>;
  close(): void;
};

/** With the machine of the device that just logged in. */
export type Session = Connection & { readonly machine: OlmMachine; readonly requests: Requests };

/** A backup of many keys takes a homeserver long. */
const timing = { longPollMs: 0, requestMs: 120_000 };

export function connect(
  homeserver: string,
  { user, device, token }: LoggedIn,
  password: Secret,
  tell: (line: string) => void,
): Connection {
  const client = new HardenedClient(homeserver, token.reveal(), timing);
  const failures = new WeakSet<Error>();
  const ask: Ask = async (method, path, query, body) => {
    try {
      return await client.doRequest(method, path, query, body);
    } catch (fault) {
      if (fault instanceof Error) failures.add(fault);
      throw fault;
    }
  };
  return {
    ...{ user, device, password, ask, tell },
    async attempt(work) {
      try {
        return await work();
      } catch (fault) {
        if (!(fault instanceof Error) || !failures.has(fault)) throw fault;
        const failure = failureOf(fault);
        const mend =
          failure.kind === "limited"
            ? `Wait ${Math.ceil(failure.afterMs / 1000)} s, and run it again.`
            : "Run it again; if it stays so, ask who runs the homeserver.";
        return { wrong: `the homeserver did not do it: ${failure.why}`, mend };
      }
    },
    async logOut() {
      // Where that fails, too, the next run tells of the device.
      await ask("POST", "/_matrix/client/v3/logout", undefined, {}).catch(() => undefined);
    },
    close: () => client.close(),
  };
}

/** Opens the new device's store, and has the homeserver know its keys. It is closed when the work is done. */
export async function withMachine<T>(
  connection: Connection,
  file: string,
  work: (session: Session) => Promise<T>,
): Promise<T | Refused> {
  const { user, device, ask } = connection;
  const opened = await openMachine({ file, user, device, log: createLog("error", []) });
  if (!opened.ok) return { wrong: opened.message, mend: "See that the disk is well, and run it again." };
  try {
    const requests = createRequests(opened.machine, ask);
    await requests.flush();
    return await work({ ...connection, machine: opened.machine, requests });
  } finally {
    opened.close();
  }
}
