/** Streams over WebSocket, as recorded: who may open one, what it carries, how it ends. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { noticeView, statusView } from "./views.ts";
import type { Account, Happening, World } from "./world.ts";

export const streamRoute = "/api/v1/streaming";

type Stream = {
  readonly socket: WebSocket;
  readonly account: Account;
  readonly token: string;
  readonly name: "user" | "user:notification";
};

/** Streams that the real server has, and the stand-in has not. */
const others = new Set(["direct", "public", "public:local", "public:media", "hashtag", "list", "user:pleroma_chat"]);

export class Streaming {
  /** Whether pings are answered. A test can have them not to be: the server is there no more, and nobody said so. */
  pongs = true;
  readonly #world: World;
  readonly #server = new WebSocketServer({ noServer: true, autoPong: false });
  readonly #streams = new Set<Stream>();
  readonly #pings: NodeJS.Timeout;

  constructor(world: World, pingMs: number) {
    this.#world = world;
    this.#pings = setInterval(() => {
      for (const { socket } of this.#streams) socket.ping();
    }, pingMs);
  }

  /** How many streams are open. */
  get open(): number {
    return this.#streams.size;
  }

  /** Takes a handshake; answers in plain HTTP where no stream comes of it. Gives what no recording covers. */
  upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer): string | undefined {
    const query = new URL(asked.url ?? "", "http://localhost").searchParams;
    const name = query.get("stream");
    const token = this.#world.tokens.get(query.get("access_token") ?? "");
    if (name === null || others.has(name)) {
      refuse(socket, 501, "Not Implemented", "No recording covers this stream");
      return `stream ${name ?? "without a name"}`;
    }
    if (token?.account === undefined) {
      refuse(socket, 401, "Unauthorized", "Unauthorized");
      return undefined;
    }
    if (name !== "user" && name !== "user:notification") {
      refuse(socket, 404, "Not Found", "Not Found");
      return undefined;
    }
    const account = token.account;
    this.#server.handleUpgrade(asked, socket, head, (opened) => {
      const stream: Stream = { socket: opened, account, token: token.value, name };
      this.#streams.add(stream);
      opened.on("ping", (data: Buffer) => {
        if (this.pongs) opened.pong(data);
      });
      opened.on("error", () => undefined);
      opened.on("close", () => this.#streams.delete(stream));
    });
    return undefined;
  }

  /** Puts something that happened on the streams that carry it. */
  tell(happening: Happening): void {
    for (const stream of this.#streams) {
      if (happening.kind === "revoked") {
        if (stream.token === happening.token) stream.socket.close(1000);
      } else if (happening.to === stream.account && (happening.kind === "notification" || stream.name === "user")) {
        stream.socket.send(JSON.stringify(this.#frame(happening, stream.name)));
      }
    }
  }

  /** Puts a frame, whatever it is, on an account's streams. */
  frame(account: Account, raw: string): void {
    for (const stream of this.#streams) if (stream.account === account) stream.socket.send(raw);
  }

  /** Ends all streams: 1000 with a closing handshake, 1006 with a broken connection. */
  close(code: 1000 | 1006): void {
    for (const { socket } of this.#streams) {
      if (code === 1000) socket.close(1000);
      else socket.terminate();
    }
  }

  stop(): void {
    clearInterval(this.#pings);
    this.close(1006);
    this.#server.close();
  }

  #frame(happening: Exclude<Happening, { kind: "revoked" }>, name: string): object {
    switch (happening.kind) {
      case "delete":
        return { event: "delete", payload: happening.id };
      case "notification":
        return {
          event: "notification",
          payload: JSON.stringify(noticeView(this.#world, happening.notice)),
          stream: [name],
        };
      default:
        return {
          event: happening.kind,
          payload: JSON.stringify(statusView(this.#world, happening.status, happening.to)),
          stream: [name],
        };
    }
  }
}

/** An answer in place of a stream. */
export function refuse(socket: Duplex, status: number, words: string, body: string): void {
  socket.on("error", () => undefined);
  socket.end(
    `HTTP/1.1 ${status} ${words}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
