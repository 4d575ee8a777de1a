/**
 * One homeserver over HTTP. It never follows a redirect (the access token would go along), reads no more than it may, and
 * lets go of every socket when it is closed.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

export type Ask = {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Begins with `/`; its parts are encoded already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: { readonly type: string; readonly bytes: Buffer };
  readonly timeoutMs: number;
};

type Reply = { readonly status: number; readonly retryAfter: string | undefined; readonly bytes: Buffer };

export interface Http {
  /** Rejects where nobody answered in full, in time: whether the request took effect is then not known. */
  send(ask: Ask): Promise<Reply>;
  /** Cuts what is under way. Later requests are refused. */
  close(): void;
}

/** Enough for any sync; more would only be sent to make the bot run out of memory. */
const mostBytes = 64 * 1024 * 1024;

export function createHttp(homeserver: string, accessToken: string): Http {
  const origin = new URL(homeserver);
  const secure = origin.protocol === "https:";
  const agent = secure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const closing = new AbortController();

  return {
    send: (ask) =>
      new Promise((resolve, reject) => {
        const url = new URL(origin.pathname.replace(/\/$/, "") + ask.path, origin);
        for (const [name, value] of Object.entries(ask.query ?? {})) {
          if (value !== undefined && value !== null) url.searchParams.append(name, queryValue(value));
        }
        const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(ask.timeoutMs)]);
        const failed = (fault: Error): void => {
          const late = signal.aborted && !closing.signal.aborted;
          reject(late ? new Error(`no answer within ${ask.timeoutMs} ms`) : fault);
        };
        const headers = {
          accept: "application/json",
          authorization: `Bearer ${accessToken}`,
          ...(ask.body === undefined ? {} : { "content-type": ask.body.type, "content-length": ask.body.bytes.length }),
        };
        const request = (secure ? httpsRequest : httpRequest)(url, { method: ask.method, agent, headers, signal });
        request.once("error", failed);
        request.once("response", (response) => readAll(response).then(resolve, failed));
        request.end(ask.body?.bytes);
      }),
    close() {
      closing.abort(new Error("closed"));
      agent.destroy();
    },
  };
}

const queryValue = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

async function readAll(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop destroys the response, and its socket with it.
    if (length > mostBytes) throw new Error(`the answer is longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    retryAfter: response.headers["retry-after"],
    bytes: Buffer.concat(chunks),
  };
}
