/** The bot's side of the protocol: greets the executor, asks it, keeps its journal's head, and follows its operations. */
import type * as z from "zod/mini";
import { faultOf, type Log } from "../log.ts";
import { type MethodName, methods } from "../protocol/methods.ts";
import { asks } from "../protocol/operations.ts";
import { isFinal, type Operation } from "../protocol/plan.ts";
import { type JournalHead, protocolVersion } from "../protocol/wire.ts";
import { createHeadKeeper, type Heads } from "./heads.ts";
import { type Attempt, keepLink, type LinkTimings } from "./link.ts";
import type { Hypervisor, Reply, Unavailable } from "./port.ts";
import { createRpc, type Rpc } from "./rpc.ts";
import type { Transport } from "./transport.ts";

export type HypervisorOptions = {
  /** What the configuration calls the host. The executor must call itself the same, or it is not asked anything. */
  readonly name: string;
  readonly transport: Transport;
  /** Where the journal's head is kept across restarts. */
  readonly heads: Heads;
  readonly log: Log;
  /** The executor's journal ends before the last head that was seen, or differs there: something was cut off it. */
  readonly onTruncated?: (seen: JournalHead, now: JournalHead) => void;
  readonly timings?: Partial<ClientTimings>;
};

export type ClientTimings = LinkTimings & {
  readonly helloMs: number;
  /** How long an ask or a plan may take, … */
  readonly askMs: number;
  /** … and everything else, which the executor answers from what it knows. */
  readonly applyMs: number;
  /** How soon an executor that speaks another protocol, or is another host's, is tried again. */
  readonly incompatibleRetryMs: number;
};

const defaults: ClientTimings = {
  firstRetryMs: 500,
  longestRetryMs: 15_000,
  wantedRetryMs: 2_000,
  healthyMs: 30_000,
  patienceMs: 10_000,
  helloMs: 30_000,
  askMs: 30_000,
  applyMs: 15_000,
  incompatibleRetryMs: 60_000,
};

/** A clock that differs by more is worth a line in the log: plans expire by the executor's. */
const tolerableSkewMs = 60_000;

/** Connects at once and stays connected until it is closed. */
export function connectHypervisor(options: HypervisorOptions): Hypervisor {
  const { name, transport, log } = options;
  const timings: ClientTimings = { ...defaults, ...options.timings };
  const operationListeners: ((operation: Operation) => void)[] = [];
  const reachableListeners: ((up: boolean, why?: Unavailable) => void)[] = [];
  /** Applied or watched, and not known to have ended: watched again after each reconnection. */
  const followed = new Set<string>();
  /** Those just being applied or watched: their own answer will come. */
  const asking = new Set<string>();
  const heads = createHeadKeeper(
    options.heads,
    (seen, now) => {
      log.error(
        { hypervisor: name, seen, now },
        "THE EXECUTOR'S JOURNAL WAS CUT OR REPLACED: it lacks what it once held",
      );
      options.onTruncated?.(seen, now);
    },
    (fault) => log.error({ hypervisor: name, ...faultOf(fault) }, "the journal's head could not be kept"),
  );
  const problems = createProblemLog(log, name);

  function note(operation: Operation): void {
    if (isFinal(operation)) followed.delete(operation.id);
    else followed.add(operation.id);
  }
  function tell(operation: Operation): void {
    note(operation);
    for (const listener of operationListeners) listener(operation);
  }

  async function open(signal: AbortSignal): Promise<Attempt<Rpc>> {
    const opened = await transport.open(signal);
    if (!opened.ok) return opened;
    const { channel } = opened;
    signal.addEventListener("abort", channel.close, { once: true });
    void channel.closed.then(() => signal.removeEventListener("abort", channel.close));
    const rpc = createRpc(channel, { onOperation: tell, onHead: heads.saw, onProblem: problems });
    const refusal = await greet(rpc);
    if (refusal === undefined) return { ok: true, session: rpc, ended: channel.closed, close: channel.close };
    channel.close();
    const later = refusal.kind === "incompatible" ? { retryAfterMs: timings.incompatibleRetryMs } : {};
    return { ok: false, unavailable: refusal, ...later };
  }

  /** Why this executor cannot be asked; undefined where it can. */
  async function greet(rpc: Rpc): Promise<Unavailable | undefined> {
    const reply = await rpc.call("hello", { protocol: protocolVersion }, methods.hello.value, timings.helloMs);
    if (!reply.ok) {
      if ("unavailable" in reply) return reply.unavailable;
      return { kind: "incompatible", why: `the executor refused the greeting: ${reply.failure.reason}` };
    }
    const { protocol, host, now } = reply.value;
    if (protocol !== protocolVersion) {
      return { kind: "incompatible", why: `the executor speaks protocol ${protocol}, this bot ${protocolVersion}` };
    }
    if (host !== name) {
      return { kind: "incompatible", why: `the executor is that of ${JSON.stringify(host)}, not of "${name}"` };
    }
    const skew = now * 1000 - Date.now();
    if (Math.abs(skew) > tolerableSkewMs) {
      log.warn({ hypervisor: name, seconds: Math.round(skew / 1000) }, "the hypervisor's clock differs from the bot's");
    }
    heads.greeted(reply.head);
    return undefined;
  }

  async function watchAgain(rpc: Rpc): Promise<void> {
    for (const id of [...followed]) {
      if (asking.has(id)) continue;
      const reply = await rpc.call("watch", { id }, methods.watch.value, timings.applyMs);
      if (reply.ok) tell(reply.value);
      else if ("failure" in reply) followed.delete(id);
      else return;
    }
  }

  const link = keepLink<Rpc>({
    open,
    timings,
    onUp(rpc) {
      for (const listener of reachableListeners) listener(true);
      void watchAgain(rpc);
    },
    onDown(why) {
      for (const listener of reachableListeners) listener(false, why);
    },
  });

  async function call<T>(
    method: Exclude<MethodName, "hello">,
    params: unknown,
    value: z.ZodMiniType<T>,
  ): Promise<Reply<T>> {
    const session = await link.session();
    if ("down" in session) return { ok: false, unavailable: session.down };
    const patience = method === "ask" || method === "plan" ? timings.askMs : timings.applyMs;
    return await session.up.call(method, params, value, patience);
  }

  /** Follows an operation from before the question on: whatever becomes of the question, its end will be told. */
  async function follow(method: "apply" | "watch", id: string, params: unknown): Promise<Reply<Operation>> {
    followed.add(id);
    asking.add(id);
    const reply = await call(method, params, methods[method].value);
    asking.delete(id);
    if (reply.ok) note(reply.value);
    else if ("failure" in reply) followed.delete(id);
    return reply;
  }

  return {
    name,
    ask: (what, given) => call("ask", { do: what, with: given }, asks[what].value as unknown as z.ZodMiniType<never>),
    plan: (id, what, given, origin) => call("plan", { id, do: what, with: given, origin }, methods.plan.value),
    apply: (id, hash) => follow("apply", id, { id, hash }),
    watch: (id) => follow("watch", id, { id }),
    approve: (id, hash, by, factor) => call("approve", { id, hash, by, factor }, methods.approve.value),
    approvals: (id) => call("approvals", { id }, methods.approvals.value),
    deny: (id, by) => call("deny", { id, by }, methods.deny.value),
    cancel: (id, by) => call("cancel", { id, by }, methods.cancel.value),
    burn: (code) => call("burn", { code }, methods.burn.value),
    journal: (id) => call("journal", { id }, methods.journal.value),
    onOperation: (listener) => void operationListeners.push(listener),
    onReachable: (listener) => void reachableListeners.push(listener),
    async close() {
      await link.close();
      heads.close();
      await transport.close();
    },
  };
}

/** A peer gone mad must not fill the log: one line at once, then one for each ten seconds. */
function createProblemLog(log: Log, hypervisor: string): (what: string) => void {
  const quietMs = 10_000;
  let last = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  return (what) => {
    unsaid += 1;
    if (performance.now() - last < quietMs) return;
    last = performance.now();
    log.warn({ hypervisor, what, times: unsaid }, "the executor said something that is not of the protocol");
    unsaid = 0;
  };
}
