/** The way to an executor on the same machine: its Unix socket. */
import { connect } from "node:net";
import type { Unavailable } from "./port.ts";
import { type Opened, type Transport, unreachable } from "./transport.ts";
import { plainWords } from "./words.ts";

export function socketTransport(path: string): Transport {
  return { open: (signal) => attempt(path, signal), close: async () => {} };
}

function attempt(path: string, signal: AbortSignal): Promise<Opened> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    let error = "the connection was closed";
    const close = (): void => void socket.destroy();
    const closed = new Promise<Unavailable>((tell) => {
      socket.on("close", () => {
        signal.removeEventListener("abort", close);
        tell(unreachable(error));
        resolve({ ok: false, unavailable: unreachable(error) });
      });
    });
    socket.on("error", (fault) => {
      error = plainWords(fault.message);
    });
    socket.on("end", close);
    socket.on("connect", () => {
      signal.removeEventListener("abort", close);
      resolve({ ok: true, channel: { incoming: socket, outgoing: socket, closed, close } });
    });
    signal.addEventListener("abort", close);
  });
}
