/** A proxy on the loopback interface before a homeserver: it breaks what a test tells it to break. */
import { createServer, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * `pass`: as it is. `hang`: never answered, never passed on. `reset`: passed on, and the connection cut before the answer.
 * Otherwise the answer that is given in the homeserver's place.
 */
export type Fault =
  | "pass"
  | "hang"
  | "reset"
  | { readonly status: number; readonly body: string; readonly headers?: Readonly<Record<string, string>> };

export type FaultyProxy = {
  readonly url: string;
  /** What to do with each request from now on. */
  fault: (method: string, path: string) => Fault;
  /** Awaited before a request is passed on. */
  before?: (method: string, path: string) => Promise<void>;
  /** Called when a request is over, answered or cut. */
  after?: (method: string, path: string) => void;
  /** What to give in the place of the homeserver's answer of status 200, which is JSON: itself, or another. */
  rewrite?: (method: string, path: string, answer: unknown) => unknown;
  /** Method and path of every request so far. */
  readonly seen: string[];
  close(): Promise<void>;
};

export async function startProxy(target: string): Promise<FaultyProxy> {
  const server = createServer((asked, answer) => {
    const path = asked.url ?? "";
    const method = asked.method ?? "";
    proxy.seen.push(`${method} ${path}`);
    const fault = proxy.fault(method, path);
    const chunks: Buffer[] = [];
    asked.on("error", () => undefined);
    asked.on("data", (chunk: Buffer) => chunks.push(chunk));
    asked.on("end", async () => {
      await proxy.before?.(method, path);
      if (fault === "hang") return;
      if (typeof fault === "object") {
        answer.writeHead(fault.status, { ...fault.headers }).end(fault.body);
        return;
      }
      const onward = request(
        new URL(path, target),
        { method, headers: { ...asked.headers, connection: "close" } },
        (got) => {
          if (fault === "reset") {
            got.resume();
            got.on("end", () => asked.socket.resetAndDestroy());
            return;
          }
          const { rewrite } = proxy;
          answer.writeHead(got.statusCode ?? 502, { "content-type": "application/json" });
          if (rewrite === undefined || got.statusCode !== 200 || !isJson(got)) {
            got.pipe(answer);
            return;
          }
          const parts: Buffer[] = [];
          got.on("data", (part: Buffer) => parts.push(part));
          got.on("end", () => {
            const whole: unknown = JSON.parse(Buffer.concat(parts).toString());
            answer.end(JSON.stringify(rewrite(method, path, whole)));
          });
        },
      );
      onward.on("error", () => asked.socket.destroy());
      answer.once("close", () => {
        onward.destroy();
        proxy.after?.(method, path);
      });
      onward.end(Buffer.concat(chunks));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const proxy: FaultyProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => "pass",
    seen: [],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

const isJson = ({ headers }: IncomingMessage): boolean =>
  headers["content-type"]?.startsWith("application/json") === true;
