/** JSON-RPC 2.0 over one channel, one message a line. Whatever does not fit the protocol's schemas is never passed on. */
import { randomBytes } from "node:crypto";
import * as z from "zod/mini";
import { type MethodName, notification, response } from "../protocol/methods.ts";
import type { Operation } from "../protocol/plan.ts";
import { failure, type JournalHead, maximumLine } from "../protocol/wire.ts";
import { createLineSplitter } from "./lines.ts";
import type { Reply, Unavailable } from "./port.ts";
import { type Channel, unreachable } from "./transport.ts";
import { plainWords } from "./words.ts";

/**
 * How many requests of a kind are on their way at once; further ones wait their turn, and their time limit with them. What
 * the executor has to look up on its host goes a few at a time: after a long cut a hundred plans at once would all take
 * longer than anybody waits, and be asked for again. Together below 64, above which the executor answers `busy`.
 */
const inFlight = { ask: 4, plan: 4, quick: 40 } as const;
type Lane = keyof typeof inFlight;
const laneOf = (method: MethodName): Lane => (method === "ask" || method === "plan" ? method : "quick");

export type RpcEvents = {
  /** An operation that this connection applied or watches has moved on. */
  readonly onOperation: (operation: Operation) => void;
  /** Where the executor's journal stood, with each answer and event. */
  readonly onHead: (head: JournalHead) => void;
  /** The executor said something that is not of the protocol: for the log. */
  readonly onProblem: (what: string) => void;
};

export interface Rpc {
  /** Asks, and waits at most `timeoutMs` from the moment the question is sent. Never rejects. */
  call<T>(method: MethodName, params: unknown, value: z.ZodMiniType<T>, timeoutMs: number): Promise<Reply<T>>;
}

type Waiting = {
  readonly line: string;
  readonly lane: Lane;
  readonly timeoutMs: number;
  readonly settle: (reply: Reply<unknown>) => void;
  readonly value: z.ZodMiniType<unknown>;
  timer?: NodeJS.Timeout;
};

const unavailable = (why: Unavailable): Reply<never> => ({ ok: false, unavailable: why });
const incompatible = (why: string): Reply<never> => unavailable({ kind: "incompatible", why });

/** Speaks on a channel until it closes; then all that waits is answered with the reason. */
export function createRpc(channel: Channel, events: RpcEvents): Rpc {
  // Ids of no two connections are alike, so that a late answer to an earlier one is never taken for another's.
  const epoch = randomBytes(6).toString("hex");
  let count = 0;
  let gone: Unavailable | undefined;
  const queues: Readonly<Record<Lane, string[]>> = { ask: [], plan: [], quick: [] };
  const underWay: Record<Lane, number> = { ask: 0, plan: 0, quick: 0 };
  const waiting = new Map<string, Waiting>();
  const sent = new Set<string>();

  function settle(id: string, reply: Reply<unknown>): void {
    const known = waiting.get(id);
    if (known === undefined) return;
    clearTimeout(known.timer);
    waiting.delete(id);
    if (sent.delete(id)) underWay[known.lane]--;
    known.settle(reply);
    sendNext(known.lane);
  }

  function sendNext(lane: Lane): void {
    while (gone === undefined && underWay[lane] < inFlight[lane]) {
      const id = queues[lane].shift();
      if (id === undefined) return;
      const next = waiting.get(id);
      if (next === undefined) continue;
      sent.add(id);
      underWay[lane]++;
      const seconds = Math.round(next.timeoutMs / 1000);
      next.timer = setTimeout(
        () => settle(id, unavailable(unreachable(`the executor did not answer within ${seconds} s`))),
        next.timeoutMs,
      );
      channel.outgoing.write(next.line);
    }
  }

  function onLine(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      events.onProblem("a line that is not JSON");
      return;
    }
    const event = z.safeParse(notification, message);
    if (event.success) {
      events.onHead(event.data.params.head);
      events.onOperation(event.data.params.value);
      return;
    }
    const answer = z.safeParse(response, message);
    if (answer.success) onAnswer(answer.data);
    else onMisshapen(message);
  }

  function onAnswer(answer: z.infer<typeof response>): void {
    const { id } = answer;
    const known = typeof id === "string" && sent.has(id) ? waiting.get(id) : undefined;
    if (typeof id !== "string" || known === undefined) {
      // An answer that comes after its time limit is one of these, and no reason for alarm.
      events.onProblem("error" in answer ? errorWords(answer.error) : "an answer that nobody waits for");
    } else if ("error" in answer) {
      settle(id, replyOfError(answer.error));
    } else {
      const value = z.safeParse(known.value, answer.result.value);
      if (!value.success) {
        onMisshapen(answer);
        return;
      }
      events.onHead(answer.result.head);
      settle(id, { ok: true, value: value.data, head: answer.result.head });
    }
  }

  /** Where it can be told whose answer it was meant to be, that question ends here. */
  function onMisshapen(message: unknown): void {
    events.onProblem("a message that is not of the protocol");
    const id = z.safeParse(z.object({ id: z.string() }), message);
    if (!id.success || !sent.has(id.data.id)) return;
    settle(id.data.id, incompatible("the executor's answer is not of the protocol that this bot speaks"));
  }

  channel.incoming.on(
    "data",
    createLineSplitter(maximumLine, onLine, () => events.onProblem("a line above 1 MiB")),
  );
  // A broken stream also closes the channel, which tells the reason; an error without a listener would end the program.
  channel.incoming.on("error", () => channel.close());
  channel.outgoing.on("error", () => channel.close());
  void channel.closed.then((why) => {
    gone = why;
    for (const id of [...waiting.keys()]) settle(id, unavailable(why));
  });

  return {
    call(method, params, value, timeoutMs) {
      if (gone !== undefined) return Promise.resolve(unavailable(gone));
      count += 1;
      const id = `${epoch}.${count}`;
      const line = `${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`;
      if (Buffer.byteLength(line) > maximumLine) {
        return Promise.resolve({ ok: false, failure: { reason: "too-large", detail: {} } });
      }
      return new Promise((resolve) => {
        // The schema that `settle` was reached through is `value`, so the reply is one of its type.
        const settleTyped = resolve as (reply: Reply<unknown>) => void;
        const lane = laneOf(method);
        waiting.set(id, { line, lane, timeoutMs, value, settle: settleTyped });
        queues[lane].push(id);
        sendNext(lane);
      });
    },
  };
}

type RpcError = { readonly code: number; readonly message: string; readonly data?: unknown };

function replyOfError(error: RpcError): Reply<never> {
  const known = z.safeParse(failure, error.data);
  return known.success ? { ok: false, failure: known.data } : incompatible(errorWords(error));
}

const errorWords = (error: RpcError): string => `the executor's error ${error.code}: ${plainWords(error.message)}`;
