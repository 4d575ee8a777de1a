/**
 * One server over HTTP, on megalodon's client. Every call ends: with an answer that was checked, or with a failure that says
 * what may have happened. No redirect is followed (the access token would go along), no more is read than may be, and
 * nothing that megalodon or axios throw gets out: their errors carry the token.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Pleroma } from "megalodon";
import type { z } from "zod";
import { scrubber } from "../../log.ts";
import { type Failure, failureOf, type Raw, unanswered } from "./failure.ts";

export type Call<T> = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Begins with `/`; its parts are encoded already. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent in the place of a body: fields and files. */
  readonly form?: FormData;
  /** Sent as `Idempotency-Key`. */
  readonly key?: string;
  /** What the answer must be. */
  readonly answer: z.ZodType<T>;
  /** Milliseconds; that of the server, where it is not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
};

export type Reply<T> = { readonly kind: "ok"; readonly value: T } | Failure;

export interface Http {
  /** Never rejects. `unanswered`: whether the call took effect is not known. */
  call<T>(call: Call<T>): Promise<Reply<T>>;
  /** Cuts what is under way. Later calls are refused. */
  close(): void;
}

export type HttpOptions = {
  /** The base URL of its API: `https://social.example.org`. */
  readonly server: string;
  /** Without it, calls are made as nobody. */
  readonly accessToken?: string;
  /** What else must never stand in a failure's text. */
  readonly secrets?: readonly string[];
  /** How long a call may take, in milliseconds. */
  readonly timeoutMs: number;
};

/** Enough for any page of notifications; more would only be sent to make the bot run out of memory. */
const mostBytes = 16 * 1024 * 1024;

export function createHttp(options: HttpOptions): Http {
  const scrub = scrubber([options.accessToken ?? "", ...(options.secrets ?? [])]);
  // One connection a call: some servers (snac2) close theirs after each answer, and a kept one would fail the next call.
  const agents = { httpAgent: new HttpAgent({ keepAlive: false }), httpsAgent: new HttpsAgent({ keepAlive: false }) };
  const under = new Set<AbortController>();
  let closed = false;

  return {
    async call(call) {
      if (closed) return unanswered("closed");
      const cut = new AbortController();
      const timeoutMs = call.timeoutMs ?? options.timeoutMs;
      const timer = setTimeout(() => cut.abort(`no answer within ${timeoutMs} ms`), timeoutMs);
      const stop = (): void => cut.abort("stopped");
      call.signal?.addEventListener("abort", stop, { once: true });
      if (call.signal?.aborted) stop();
      under.add(cut);
      try {
        const raw = await send(options, call, { ...agents, signal: cut.signal });
        return replyOf(raw, call, scrub);
      } catch (fault) {
        const why = cut.signal.aborted ? String(cut.signal.reason) : fault instanceof Error ? fault.message : "cut";
        return unanswered(`${call.method} ${call.path}: ${scrub(why)}`);
      } finally {
        clearTimeout(timer);
        call.signal?.removeEventListener("abort", stop);
        under.delete(cut);
      }
    },
    close() {
      closed = true;
      for (const cut of under) cut.abort("closed");
      agents.httpAgent.destroy();
      agents.httpsAgent.destroy();
    },
  };
}

function replyOf<T>(raw: Raw, call: Call<T>, scrub: (text: string) => string): Reply<T> {
  const what = `${call.method} ${call.path}`;
  const json = jsonOf(raw.text);
  if (raw.status < 200 || raw.status >= 300) return failureOf(raw, json, (why) => `${what}: ${scrub(why)}`);
  const answer = call.answer.safeParse(json);
  return answer.success
    ? { kind: "ok", value: answer.data }
    : unanswered(`${what}: ${raw.status} with something that is not the answer of a Fediverse server`);
}

/** The part of axios that is used here. */
type Axios = {
  readonly interceptors: { readonly request: { use(change: (config: object) => object): number } };
};

/**
 * Rejects where no whole answer came. A client for each call: megalodon's methods take neither a signal nor a limit, and its
 * axios, which does, is set up as a whole.
 */
async function send<T>(options: HttpOptions, call: Call<T>, transport: object): Promise<Raw> {
  const { client } = new Pleroma(options.server.replace(/\/+$/u, ""), options.accessToken ?? null, "manchot");
  const { axios } = client as unknown as { readonly axios: Axios };
  axios.interceptors.request.use((config) =>
    Object.assign(config, {
      ...transport,
      maxRedirects: 0,
      proxy: false,
      maxContentLength: mostBytes,
      responseType: "text",
      transformResponse: (text: unknown) => text,
      validateStatus: () => true,
    }),
  );
  const headers: Record<string, string> = { Accept: "application/json" };
  if (call.key !== undefined) headers["Idempotency-Key"] = call.key;
  const path = call.path + queryOf(call.query);
  const form = call.form === undefined ? undefined : new Response(call.form);
  // As bytes: what megalodon's own upload makes of a file in memory is refused by servers.
  const body = form === undefined ? (call.body ?? {}) : Buffer.from(await form.arrayBuffer());
  const type = form?.headers.get("content-type");
  if (type != null) headers["Content-Type"] = type;
  const {
    status,
    data,
    headers: received,
  } = await (() => {
    switch (call.method) {
      case "GET":
        return client.get<unknown>(path, {}, headers);
      case "POST":
        return client.post<unknown>(path, body, headers);
      case "PUT":
        return client.put<unknown>(path, body, headers);
      case "PATCH":
        return client.patch<unknown>(path, body, headers);
      case "DELETE":
        return client.del<unknown>(path, body, headers);
    }
  })();
  return {
    status,
    text: typeof data === "string" ? data : "",
    header: (name) => {
      const value: unknown = (received as Record<string, unknown>)[name];
      return typeof value === "string" ? value : undefined;
    },
  };
}

function queryOf(query: Call<unknown>["query"]): string {
  const words = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (typeof value === "object") for (const one of value) words.append(`${name}[]`, one);
    else words.append(name, String(value));
  }
  return words.size === 0 ? "" : `?${words}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
