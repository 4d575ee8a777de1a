/** The host's own terminal as a peer of the daemon: the same protocol, over the socket that only root may open. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type MethodName, methods, notification, response } from "../../protocol/methods.ts";
import type { Operation } from "../../protocol/plan.ts";
import { type Failure, failure } from "../../protocol/wire.ts";
import { Lines } from "../gate/lines.ts";
import type { Outcome } from "../outcome.ts";
import { wordsOf } from "../words.ts";

/** The daemon is not there, or went away, or speaks another language. */
export class NoDaemon extends Error {}

/** What the daemon may send at most in one line, with room to spare. */
const longestAnswer = 4 * 1024 * 1024;

type Waiting = { readonly resolve: (outcome: Outcome<unknown>) => void; readonly reject: (error: Error) => void };

export class Client {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #gone: NoDaemon | undefined;
  /** Called with each event of an operation that this client applied or watches. */
  onOperation: (operation: Operation) => void = () => undefined;
  /** Called when the daemon goes away. */
  onGone: (error: NoDaemon) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const lines = new Lines(longestAnswer);
    socket.on("data", (chunk: Buffer) => {
      for (const line of lines.push(chunk)) if (line.kind === "line") this.#take(line.text);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => this.#end());
  }

  static async connect(path: string): Promise<Client> {
    const socket = connect(path);
    try {
      await once(socket, "connect");
    } catch (error) {
      throw new NoDaemon(
        `the daemon does not answer at ${path}: ${wordsOf(error)}. Look: systemctl status manchot-executor`,
      );
    }
    return new Client(socket);
  }

  /** The method's answer, its value not checked: both ends are of one program. Throws {@link NoDaemon}. */
  async call(method: MethodName, params: unknown): Promise<Outcome<unknown>> {
    if (this.#gone !== undefined) throw this.#gone;
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(line: string): void {
    const message: unknown = JSON.parse(line);
    const event = notification.safeParse(message);
    if (event.success) {
      this.onOperation(event.data.params.value);
      return;
    }
    const answer = response.parse(message);
    const waiting = typeof answer.id === "number" ? this.#waiting.get(answer.id) : undefined;
    if (waiting === undefined || typeof answer.id !== "number") return;
    this.#waiting.delete(answer.id);
    if ("result" in answer) waiting.resolve({ ok: true, value: answer.result.value });
    else waiting.resolve({ ok: false, failure: failureOf(answer.error.data) });
  }

  #end(): void {
    this.#gone = new NoDaemon("the daemon went away. What was accepted goes on when it is back: see `operation <id>`");
    for (const { reject } of this.#waiting.values()) reject(this.#gone);
    this.#waiting.clear();
    this.onGone(this.#gone);
  }
}

function failureOf(data: unknown): Failure {
  const checked = failure.safeParse(data);
  return checked.success ? checked.data : { reason: "malformed", detail: {} };
}

/** The value schemas, for those who check what came. */
export const values = {
  plan: methods.plan.value,
  operation: methods.apply.value,
  approvals: methods.approve.value,
  open: methods.open.value,
  journal: methods.journal.value,
} as const;
