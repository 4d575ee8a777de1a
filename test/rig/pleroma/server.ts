/** The HTTP side: reads calls, breaks what a test wants broken, finds the row of the table, writes the answer. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Answer, badCredentials, missingScope, fault as serverFault, throttled } from "./answer.ts";
import type { Call, Fault } from "./faults.ts";
import { type Asked, covered, type Row, rowFor, type Settings, Unrecorded, type Upload } from "./routes.ts";
import { refuse, type Streaming, streamRoute } from "./streaming.ts";
import { table } from "./table.ts";
import type { Token, World } from "./world.ts";

type Read = { readonly body: Readonly<Record<string, unknown>>; readonly upload: Upload | undefined } | "malformed";

export class PleromaServer {
  fault: (call: Call) => Fault = () => "pass";
  /** Every call so far, without its tokens. */
  readonly calls: Call[] = [];
  readonly #counts = new Map<string, number>();
  /** The calls that no recording covers. */
  readonly unrecorded: string[] = [];
  readonly #world: World;
  readonly #streaming: Streaming;
  readonly #http: Server;
  readonly #sockets = new Set<Socket>();
  #settings: Settings | undefined;

  constructor(world: World, streaming: Streaming) {
    this.#world = world;
    this.#streaming = streaming;
    this.#http = createServer((asked, answer) => {
      this.#serve(asked, answer).catch((fault: unknown) => {
        // A fault of the stand-in itself is a call that it does not stand in for.
        this.unrecorded.push(`${asked.method} ${pathOf(asked)}: ${String(fault)}`);
        answer.destroy();
      });
    });
    this.#http.on("upgrade", (asked, socket, head) => this.#upgrade(asked, socket as Socket, head));
    this.#http.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  use(settings: Settings): void {
    this.#settings = settings;
  }

  async stop(): Promise<void> {
    this.#streaming.stop();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #noted(method: string, route: string, path: string): Call {
    const n = (this.#counts.get(`${method} ${route}`) ?? 0) + 1;
    this.#counts.set(`${method} ${route}`, n);
    const call = { method, route, path, n };
    this.calls.push(call);
    return call;
  }

  #upgrade(asked: IncomingMessage, socket: Socket, head: Buffer): void {
    const path = pathOf(asked);
    const fault = this.fault(this.#noted("GET", path, path));
    socket.on("error", () => undefined);
    if (fault === "hang") return;
    if (fault === "reset-before") {
      socket.resetAndDestroy();
      return;
    }
    if (typeof fault === "object") {
      refuse(socket, fault.status, "Fault", fault.body);
      return;
    }
    if (path !== streamRoute) {
      this.unrecorded.push(`GET ${path}: a WebSocket`);
      refuse(socket, 501, "Not Implemented", "No recording covers this call");
      return;
    }
    const missing = this.#streaming.upgrade(asked, socket, head);
    if (missing !== undefined) this.unrecorded.push(`GET ${path}: ${missing}`);
    if (fault === "reset-after") socket.resetAndDestroy();
  }

  async #serve(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const method = asked.method ?? "";
    const path = pathOf(asked);
    const found = rowFor(table, method, path);
    const fault = this.fault(this.#noted(method, found?.row.route ?? path, path));
    const bytes = await bytesOf(asked);
    if (fault === "hang") return;
    if (fault === "reset-before") {
      asked.socket.resetAndDestroy();
      return;
    }
    if (typeof fault === "object") {
      const headers = { "content-type": "application/json; charset=utf-8", ...fault.headers };
      answer.writeHead(fault.status, headers).end(fault.body);
      return;
    }
    const given = await this.#answer(asked, found, bytes);
    if (fault === "reset-after") {
      asked.socket.resetAndDestroy();
      return;
    }
    const body = JSON.stringify(given.body);
    answer
      .writeHead(given.status, {
        "content-type": "application/json; charset=utf-8",
        "content-length": String(Buffer.byteLength(body)),
        "x-xss-protection": "1; mode=block",
        ...given.headers,
      })
      .end(body);
  }

  async #answer(asked: IncomingMessage, found: ReturnType<typeof rowFor>, bytes: Buffer): Promise<Answer> {
    try {
      if (found === undefined) throw new Unrecorded("no such route");
      const read = await bodyOf(asked, found.row, bytes);
      return read === "malformed" ? serverFault : this.#allowed(asked, found.row, found.ids, read);
    } catch (fault) {
      if (!(fault instanceof Unrecorded)) throw fault;
      this.unrecorded.push(`${asked.method} ${found?.row.route ?? pathOf(asked)}: ${fault.message}`);
      return { status: 501, body: { error: `No recording covers this call: ${fault.message}` } };
    }
  }

  #allowed(
    asked: IncomingMessage,
    row: Row,
    ids: Readonly<Record<string, string>>,
    read: Exclude<Read, "malformed">,
  ): Answer {
    const settings = this.#settings;
    if (settings === undefined) throw new Error("the stand-in was asked before it was set up");
    const query = new URL(asked.url ?? "", settings.url).searchParams;
    covered(row, query, read.body);
    const token = tokenOf(this.#world, asked);
    const viewer = token?.account?.disabled === true ? undefined : token?.account;
    if (row.scope !== undefined && viewer === undefined) return badCredentials;
    const all: Asked = { world: this.#world, settings, ids, query, ...read, viewer, app: token?.app.name };
    const make = (): Answer => {
      if (row.scope !== undefined && !inScope(token, row.scope)) return missingScope(row.scope);
      if (row.counted === true && !settings.limits.take(viewer?.id ?? "")) return throttled;
      return row.answer(all);
    };
    const key = asked.headers["idempotency-key"];
    if (key === undefined) return make();
    if (row.keyed !== true || typeof key !== "string") throw new Unrecorded("an idempotency key");
    return settings.idempotency.answer(key, make);
  }
}

function pathOf(asked: IncomingMessage): string {
  return (asked.url ?? "").split("?")[0] ?? "";
}

function tokenOf(world: World, asked: IncomingMessage): Token | undefined {
  return world.tokens.get(/^Bearer (.+)$/u.exec(asked.headers.authorization ?? "")?.[1] ?? "");
}

/** `write` holds `write:statuses`. */
function inScope(token: Token | undefined, scope: string): boolean {
  return token?.scopes.some((one) => one === scope || scope.startsWith(`${one}:`)) ?? false;
}

async function bytesOf(asked: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of asked) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function bodyOf(asked: IncomingMessage, row: Row, bytes: Buffer): Promise<Read> {
  const type = asked.headers["content-type"] ?? "";
  if (bytes.length === 0) return { body: {}, upload: undefined };
  if (type.startsWith("application/json")) {
    try {
      const body: unknown = JSON.parse(bytes.toString());
      if (typeof body !== "object" || body === null || Array.isArray(body))
        throw new Unrecorded("a body that is no object");
      return { body: body as Record<string, unknown>, upload: undefined };
    } catch (fault) {
      if (fault instanceof SyntaxError) return "malformed";
      throw fault;
    }
  }
  if (type.startsWith("multipart/form-data") && row.file === true) return formOf(type, bytes);
  throw new Unrecorded(`a body of type ${type || "unknown"}`);
}

async function measured(file: File): Promise<Pick<Upload, "bytes" | "digest">> {
  const digest = createHash("sha256")
    .update(await file.bytes())
    .digest("hex");
  return { bytes: file.size, digest };
}

async function formOf(type: string, bytes: Buffer): Promise<Read> {
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData();
  const body: Record<string, unknown> = {};
  let upload: Upload | undefined;
  for (const [name, value] of form) {
    if (typeof value === "string") body[name] = value;
    else if (name === "file") upload = { ...(await measured(value)), name: value.name, mimeType: value.type };
    else throw new Unrecorded(`file ${name}`);
  }
  return { body, upload };
}
