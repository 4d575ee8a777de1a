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
  /** Sends all that is due when its turn comes. Rejects with the first failure, after the rest; what failed is due again. */
  flush(): Promise<void>;
  /** Only asks whose devices are whose, which the machine waits for while it takes in a sync. */
  queries(): Promise<void>;
}

/** One at a time of each: two at once would send the same requests twice. */
export function createRequests(machine: OlmMachine, ask: Ask): Requests {
  async function sendAll(due: readonly MachineRequest[]): Promise<void> {
    const faults: unknown[] = [];
    for (const request of due) await send(machine, ask, request).catch((fault: unknown) => void faults.push(fault));
    if (faults.length > 0) throw faults[0];
  }
  const queries = inTurn(async () => {
    const due = await machine.outgoingRequests();
    await sendAll(due.filter(({ type }) => type === RequestType.KeysQuery));
  });
  const others = inTurn(async () => {
    const due = await machine.outgoingRequests();
    const not: readonly RequestType[] = [RequestType.KeysQuery, RequestType.RoomMessage];
    await sendAll(due.filter(({ type }) => !not.includes(type)));
  });
  return {
    queries,
    async flush() {
      const [asked, sent] = await Promise.allSettled([queries(), others()]);
      for (const one of [asked, sent]) if (one.status === "rejected") throw one.reason;
    },
  };
}

/** Work that is done once more after the call, whatever runs already: calls that wait for the same turn share it. */
function inTurn(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        running = work();
        return running;
      });
    return next;
  };
}
