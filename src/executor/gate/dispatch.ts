/** From one line to one answer: validation first, then the executor. Whatever comes in, an answer goes out. */
import { type MethodName, type MethodParams, methods, request } from "../../protocol/methods.ts";
import { asks, changes } from "../../protocol/operations.ts";
import { errorCode, type Failure, maximumLine, protocolVersion } from "../../protocol/wire.ts";
import type { Executor } from "../executor.ts";
import { oneLine } from "../host/fact.ts";
import { JournalFault } from "../journal/journal.ts";
import { good, type Outcome, refuse } from "../outcome.ts";
import type { Session } from "../session.ts";
import { version } from "../version.ts";

type RpcId = string | number | null;

/** The line to send for a line that came. Never throws. */
export async function dispatch(executor: Executor, session: Session, line: string): Promise<string> {
  const message = parse(line);
  if (message === undefined) return errorLine(null, errorCode.parse, { reason: "malformed", detail: { what: "json" } });
  const checked = request.safeParse(message);
  if (!checked.success) {
    return errorLine(idOf(message), errorCode.invalid, { reason: "malformed", detail: { what: "request" } });
  }
  const { id, method, params } = checked.data;
  if (!isMethod(method)) {
    return errorLine(id, errorCode.method, { reason: "unknown-method", detail: { method: oneLine(method) } });
  }
  const fit = methods[method].params.safeParse(params);
  if (!fit.success) return errorLine(id, errorCode.params, misfit(method, params));
  const answer: (executor: Executor, session: Session, given: never) => Answer = answers[method];
  const outcome = await guarded(executor, () => answer(executor, session, fit.data as never));
  if (!outcome.ok) return errorLine(id, errorCode.refused, outcome.failure);
  return resultLine(id, executor, outcome.value);
}

/** The answer to a line that was too long to be read at all. */
export function tooLarge(): string {
  return errorLine(null, errorCode.invalid, { reason: "too-large", detail: { maximum: maximumLine } });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methods, name);
}

/** The id of a message that is no request, where it has one that could be meant. */
function idOf(message: unknown): RpcId {
  if (typeof message !== "object" || message === null || !("id" in message)) return null;
  const { id } = message;
  if (typeof id === "string" && id.length <= 64) return id;
  return typeof id === "number" && Number.isSafeInteger(id) ? id : null;
}

/** An operation that does not exist is told apart from a message that is wrong. */
function misfit(method: MethodName, params: unknown): Failure {
  const table = method === "ask" ? asks : method === "plan" ? changes : undefined;
  if (table !== undefined && typeof params === "object" && params !== null && "do" in params) {
    if (typeof params.do === "string" && !Object.hasOwn(table, params.do)) {
      return { reason: "unknown-operation", detail: { do: oneLine(params.do, 64) } };
    }
  }
  return { reason: "malformed", detail: { what: "params", method } };
}

type Answer = Outcome<unknown> | Promise<Outcome<unknown>>;

/** `given` has been checked against the method's parameters. */
const answers: { [M in MethodName]: (executor: Executor, session: Session, given: MethodParams<M>) => Answer } = {
  hello,
  ask: (executor, _session, given) => executor.ask(given.do, given.with),
  plan: (executor, session, given) => executor.plan(session, given),
  apply: (executor, session, { id, hash }) => executor.apply(session, id, hash),
  watch: (executor, session, { id }) => executor.watch(session, id),
  journal: (executor, _session, { id }) => executor.journal(id),
  approve: (executor, session, given) => executor.verdicts.approve(session, given),
  approvals: (executor, _session, { id }) => executor.verdicts.approvals(id),
  deny: (executor, session, { id, by }) => executor.verdicts.deny(session, id, by),
  cancel: (executor, session, { id, by }) => executor.verdicts.cancel(session, id, by),
  burn: (executor, session, { code }) => executor.burn(session, code),
  planned: (executor, _session, { id }) => executor.planned(id),
  open: (executor) => executor.open(),
};

function hello(executor: Executor, { identity }: Session, { protocol }: MethodParams<"hello">): Outcome<unknown> {
  if (protocol !== protocolVersion) return refuse("malformed", { what: "protocol", spoken: protocolVersion });
  return good({ protocol: protocolVersion, host: executor.host(), identity, version, now: executor.now() });
}

/** A full disk, or a fault of our own, is an answer; a disk that cannot be trusted any more ends the program. */
async function guarded(executor: Executor, what: () => Answer): Promise<Outcome<unknown>> {
  try {
    return await what();
  } catch (error) {
    executor.fault(error);
    if (error instanceof JournalFault) return refuse("host-failed", { command: "journal", words: error.message });
    return refuse("host-failed", { command: "executor", words: "a fault of the executor: its log has the rest" });
  }
}

function resultLine(id: RpcId, executor: Executor, value: unknown): string {
  const line = `${JSON.stringify({ jsonrpc: "2.0", id, result: { head: executor.head(), value } })}\n`;
  if (Buffer.byteLength(line) <= maximumLine) return line;
  return errorLine(id, errorCode.refused, { reason: "too-large", detail: { maximum: maximumLine } });
}

function errorLine(id: RpcId, code: number, failure: Failure): string {
  return `${JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: failure.reason, data: failure } })}\n`;
}
