/** What the machine wants to have sent: each kind to its place, and the answer back to the machine. */
import { type OlmMachine, RequestType } from "@matrix-org/matrix-sdk-crypto-wasm";

/** One request to the homeserver. Rejects with a MatrixError where it refused, with another Error where none answered. */
export type Ask = (
  method: "GET" | "POST" | "PUT" | "DELETE",
  path: string,
  query?: Readonly<Record<string, unknown>>,
  body?: unknown,
) => Promise<unknown>;

/** The machine's requests, as far as they are alike. */
export type MachineRequest = {
  readonly id?: string | undefined;
  readonly type: RequestType;
  readonly body: string;
  readonly event_type?: string;
  readonly txn_id?: string;
  readonly version?: string;
};

const q = encodeURIComponent;
const keys = "/_matrix/client/v3/keys";

/** Sends one of them. The machine knows of it only once the homeserver has answered: cut off before, it is made again. */
export async function send(machine: OlmMachine, ask: Ask, request: MachineRequest): Promise<void> {
  const answer = await asked(ask, request);
  if (request.id !== undefined) await machine.markRequestAsSent(request.id, request.type, JSON.stringify(answer));
}

async function asked(ask: Ask, { type, body, event_type, txn_id, version }: MachineRequest): Promise<unknown> {
  const parsed: unknown = JSON.parse(body);
  switch (type) {
    case RequestType.KeysUpload:
      return await ask("POST", `${keys}/upload`, undefined, parsed);
    case RequestType.KeysQuery:
      return await ask("POST", `${keys}/query`, undefined, parsed);
    case RequestType.KeysClaim:
      return await ask("POST", `${keys}/claim`, undefined, parsed);
    case RequestType.SignatureUpload:
      return await ask("POST", `${keys}/signatures/upload`, undefined, parsed);
    case RequestType.ToDevice:
      return await ask(
        "PUT",
        `/_matrix/client/v3/sendToDevice/${q(event_type ?? "")}/${q(txn_id ?? "")}`,
        undefined,
        parsed,
      );
    case RequestType.KeysBackup:
      return await ask("PUT", "/_matrix/client/v3/room_keys/keys", { version }, parsed);
    default:
      // Verification by messages in a room: the bot begins none, and answers none.
      throw new Error(`the machine wants to send something that the bot never sends (${type})`);
  }
}

export interface Requests {
  /** Sends all that is due now. Rejects with the first failure; what failed is due again. */
  flush(): Promise<void>;
  /** Only asks whose devices are whose, which the machine waits for while it takes in a sync. */
  queries(): Promise<void>;
}

/** One at a time of each: two at once would send the same requests twice. */
export function createRequests(machine: OlmMachine, ask: Ask): Requests {
  const inTurn = () => {
    let last: Promise<void> = Promise.resolve();
    return (work: () => Promise<void>): Promise<void> => {
      last = last.catch(() => undefined).then(work);
      return last;
    };
  };
  const flushes = inTurn();
  const querying = inTurn();
  const queries = (): Promise<void> =>
    querying(async () => {
      for (const request of await machine.outgoingRequests()) {
        if (request.type === RequestType.KeysQuery) await send(machine, ask, request);
      }
    });
  return {
    queries,
    flush: () =>
      flushes(async () => {
        await queries();
        for (const request of await machine.outgoingRequests()) {
          if (request.type !== RequestType.KeysQuery && request.type !== RequestType.RoomMessage)
            await send(machine, ask, request);
        }
      }),
  };
}
