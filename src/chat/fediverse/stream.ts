/**
 * A server's event stream, as a wake-up and nothing else: whatever comes means "poll now", and nothing that it says is read.
 * Its URL holds the access token (Pleroma takes it nowhere else), so neither it nor an error that may hold it is logged.
 */
import { WebSocket } from "ws";
import type { Log } from "../../log.ts";
import type { Clock, Timing } from "./clock.ts";

export interface Stream {
  /** Whether it is open now. */
  readonly open: boolean;
  /** Resolves after `signal` was aborted, when nothing runs any more. */
  readonly ended: Promise<void>;
}

/** Between two tries: doubling from the first to the longest, in milliseconds. */
const firstWaitMs = 1000;
const longestWaitMs = 5 * 60_000;
/** Where a server has no stream: it may have learned it by then. */
const noStreamMs = 60 * 60_000;
/** A stream that held so long was a good one: the next wait is a short one again. In milliseconds. */
const steadyMs = 60_000;
/** More than any notification has, in bytes. */
const mostBytes = 4 * 1024 * 1024;

type Ended = { readonly why: string; readonly status?: number };

export function openStream(parts: {
  readonly server: string;
  readonly accessToken: string;
  readonly timing: Pick<Timing, "handshakeMs" | "pingMs">;
  readonly clock: Clock;
  /** Something may have come; called once more whenever the stream was opened, because nothing is sent again. */
  readonly wake: () => void;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Stream {
  const { clock, log, signal, wake } = parts;
  let open = false;

  async function follow(): Promise<void> {
    let tries = 0;
    let told: "streams" | "polls" | undefined;
    while (!signal.aborted) {
      let opened: number | undefined;
      const ended = await connect(parts, (state) => {
        open = state === "open";
        if (state === "open") opened = clock.now();
        wake();
      });
      open = false;
      if (signal.aborted) return;
      if (opened !== undefined && clock.now() - opened >= steadyMs) tries = 0;
      const without = ended.status === 404 || ended.status === 405 || ended.status === 501;
      if (without && told !== "polls")
        log.info({ status: ended.status }, "this server has no event stream: it is polled");
      else if (!without) log.debug({ why: ended.why, tries }, "the event stream ended: it is polled meanwhile");
      told = without ? "polls" : "streams";
      const wait = without ? noStreamMs : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(tries, 16));
      tries++;
      await clock.sleep(wait * (0.5 + Math.random() / 2), signal);
    }
  }
  return {
    get open() {
      return open;
    },
    ended: follow(),
  };
}

/** One connection, from its handshake to its end. Never rejects. */
function connect(parts: Parameters<typeof openStream>[0], changed: (state: "open" | "event") => void): Promise<Ended> {
  const { timing, signal } = parts;
  if (signal.aborted) return Promise.resolve({ why: "stopped" });
  return new Promise((resolve) => {
    const url = new URL(`${parts.server.replace(/\/+$/u, "").replace(/^http/u, "ws")}/api/v1/streaming`);
    url.searchParams.set("stream", "user:notification");
    url.searchParams.set("access_token", parts.accessToken);
    const socket = new WebSocket(url, {
      handshakeTimeout: timing.handshakeMs,
      maxPayload: mostBytes,
      perMessageDeflate: false,
      followRedirects: false,
    });
    let alive = true;
    let status: number | undefined;
    const pings = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (!alive) {
        end("nothing came any more, no pong either");
        return;
      }
      alive = false;
      socket.ping();
    }, timing.pingMs);
    const stop = (): void => end("stopped");
    signal.addEventListener("abort", stop, { once: true });

    function end(why: string): void {
      clearInterval(pings);
      signal.removeEventListener("abort", stop);
      // The listeners stay: a socket that is cut while it connects still emits an error.
      socket.terminate();
      resolve(status === undefined ? { why } : { why, status });
    }
    const lives = (): void => {
      alive = true;
    };
    socket.on("open", () => changed("open"));
    socket.on("ping", lives);
    socket.on("pong", lives);
    socket.on("message", () => {
      lives();
      if (!signal.aborted) changed("event");
    });
    socket.on("unexpected-response", (request, response) => {
      status = response.statusCode;
      response.resume();
      request.destroy();
      end(`the server answered ${status ?? "nothing"}`);
    });
    // Its text may quote the URL.
    socket.on("error", (fault) => end("code" in fault && typeof fault.code === "string" ? fault.code : "broken"));
    socket.on("close", (code) => end(`closed (${code})`));
  });
}
