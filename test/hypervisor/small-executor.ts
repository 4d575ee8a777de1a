/**
 * A counterpart that speaks the protocol on a Unix socket, and can be made to misbehave in ways in which the real
 * executor does not.
 */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { Operation } from "../../src/protocol/plan.ts";
import type { JournalHead } from "../../src/protocol/wire.ts";

type Message = { readonly id: string; readonly method: string; readonly params: Record<string, unknown> };

export interface SmallExecutor {
  readonly socket: string;
  /** Every line that came in, over all connections. */
  readonly heard: string[];
  /** How many connections there have been. */
  connections(): number;
  readonly operations: Map<string, Operation>;
  /** Where its journal stands; the hash is made from the number unless given. */
  head: JournalHead;
  host: string;
  protocol: number;
  /** Looks at a request before it is answered; true: it has been dealt with. */
  intercept: (message: Message, say: (line: string) => void) => boolean;
  /** Says a line to all that are connected. */
  say(line: string): void;
  /** Moves an operation, and tells those who follow it. */
  move(id: string, state: Operation["state"]): void;
  /** Cuts all connections. */
  cut(): void;
  close(): Promise<void>;
}

export const headAt = (seq: number, salt = ""): JournalHead => ({
  seq,
  hash: createHash("sha256").update(`${salt}${seq}`).digest("hex"),
});

export const operationIn = (id: string, state: Operation["state"]): Operation => ({
  id,
  do: "zfs.snapshot",
  state,
  step: state === "planned" ? 0 : 1,
  steps: 1,
});

export async function startSmallExecutor(socket: string): Promise<SmallExecutor> {
  rmSync(socket, { force: true });
  const sockets = new Set<Socket>();
  const followers = new Map<Socket, Set<string>>();
  let connections = 0;

  const own: SmallExecutor = {
    socket,
    heard: [],
    connections: () => connections,
    operations: new Map(),
    head: headAt(1),
    host: "host1",
    protocol: 1,
    intercept: () => false,
    say: (line) => {
      for (const peer of sockets) peer.write(`${line}\n`);
    },
    move(id, state) {
      own.head = headAt(own.head.seq + 1);
      own.operations.set(id, operationIn(id, state));
      for (const [peer, ids] of followers) if (ids.has(id)) peer.write(`${event(id)}\n`);
    },
    cut: () => {
      for (const peer of sockets) peer.destroy();
    },
    close: async () => {
      own.cut();
      await new Promise((done) => server.close(done));
    },
  };

  const event = (id: string): string =>
    JSON.stringify({ jsonrpc: "2.0", method: "operation", params: { head: own.head, value: own.operations.get(id) } });

  function answer(peer: Socket, message: Message): void {
    const say = (line: string): void => void peer.write(`${line}\n`);
    if (own.intercept(message, say)) return;
    const give = (value: unknown): void =>
      say(JSON.stringify({ jsonrpc: "2.0", id: message.id, result: { head: own.head, value } }));
    const id = String(message.params.id);
    if (message.method === "hello") {
      give({
        protocol: own.protocol,
        host: own.host,
        identity: "bot",
        version: "0",
        now: Math.round(Date.now() / 1000),
      });
    } else if (message.method === "ask") {
      const { vm } = message.params.with as { vm?: string };
      if (vm === undefined) give({ vms: [] });
      else give(vmNamed(vm));
    } else if (message.method === "apply" || message.method === "watch") {
      if (message.method === "apply" && !own.operations.has(id)) own.operations.set(id, operationIn(id, "running"));
      const found = own.operations.get(id);
      if (found === undefined) {
        say(refusal(message.id, "no-such-plan"));
      } else {
        followers.get(peer)?.add(id);
        give(found);
      }
    } else say(refusal(message.id, "unknown-method"));
  }

  const server = createServer((peer) => {
    connections += 1;
    sockets.add(peer);
    followers.set(peer, new Set());
    peer.on("error", () => {});
    peer.on("close", () => {
      sockets.delete(peer);
      followers.delete(peer);
    });
    // A peer that is killed resets its end; the interface tells its input's errors once more.
    const lines = createInterface({ input: peer }).on("error", () => {});
    lines.on("line", (line) => {
      own.heard.push(line);
      answer(peer, JSON.parse(line) as Message);
    });
  });
  await new Promise<void>((listening) => server.listen(socket, listening));
  return own;
}

const refusal = (id: string, reason: string): string =>
  JSON.stringify({ jsonrpc: "2.0", id, error: { code: 1, message: reason, data: { reason, detail: {} } } });

export const vmNamed = (name: string) => ({
  uuid: "0b6a3a0c-5d9b-4d6f-9a3e-6c1f0e5b7a11",
  name,
  state: "running",
  vcpus: 2,
  memory: 2 ** 30,
  autostart: true,
  disks: [],
  guestAgent: false,
});
