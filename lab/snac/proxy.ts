/** A forward proxy on the loopback interface, where made-up host names lead to local ports: what DNS is out there. */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type NameProxy = {
  /** For `http_proxy`. */
  readonly url: string;
  /** From now on this name leads to that port of the loopback interface. */
  route(host: string, port: number): void;
  /** The port a name leads to. */
  portOf(host: string): number | undefined;
  stop(): Promise<void>;
};

// snac2 closes its connections without saying so: one that is kept is lost at the second request.
const agent = new Agent({ keepAlive: false });

export async function startNameProxy(): Promise<NameProxy> {
  const ports = new Map<string, number>();
  const server = createServer((asked, answer) => {
    const target = URL.parse(asked.url ?? "");
    const port = target === null ? undefined : ports.get(target.host);
    if (target === null || port === undefined) return void answer.writeHead(502).end();
    forward(asked, answer, { port, path: `${target.pathname}${target.search}` });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    route: (host, port) => void ports.set(host, port),
    portOf: (host) => ports.get(host),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function forward(asked: IncomingMessage, answer: ServerResponse, to: { port: number; path: string }): void {
  const { method, headers } = asked;
  const onward = request({ host: "127.0.0.1", ...to, method, headers, agent }, (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers);
    answered.pipe(answer);
  });
  onward.on("error", () => (answer.headersSent ? answer.destroy() : answer.writeHead(502).end()));
  asked.pipe(onward);
}
