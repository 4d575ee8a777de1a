/** The answers about approvals: what a change still wants, and what became of one that was not done. */
import type { HistoryEntry, Request } from "../store/store.ts";
import type { Answer, Block } from "./answer.ts";
import { type Context, text } from "./command.ts";

/** What the executor wanted, as its plan tells it. */
export type Wanted = {
  /** In the executor's words: "one second factor", "one signature", … */
  readonly wants: string;
  /** The executor's canonical text, where it may be shown here. */
  readonly plan: string | undefined;
  /** Until when it may be approved, seconds since 1970. */
  readonly expires: number | undefined;
};

/** The executor's words, by what the languages call them. */
const kinds: ReadonlyMap<string, string> = new Map([
  ["one second factor", "factor"],
  ["one signature", "signature"],
  ["signatures of two enrolled persons", "two"],
]);

/** From the history's record of the plan. On the Fediverse, what the host is made of is told in direct messages only. */
export function wantedOf(request: Request, history: readonly HistoryEntry[], wants: string): Wanted {
  const detail = history.findLast(({ event }) => event === "planned")?.detail ?? {};
  const open = request.network !== "fediverse" || request.venue.direct;
  return {
    wants,
    plan: open && typeof detail.text === "string" ? detail.text : undefined,
    expires: typeof detail.expires === "number" ? detail.expires : undefined,
  };
}

/** What the texts call what the executor wants; `other` where this bot does not know those words. */
export const kindOf = (wants: string): string => kinds.get(wants) ?? "other";

/** What can be said in the place where the plan is shown. */
export type Here = {
  /** Whoever asked for it may approve from there. */
  readonly approvals: boolean;
  /** With a code, too. */
  readonly codes: boolean;
};

/** Nothing is done yet: what it wants, the plan itself, and each way to say yes or no, the nearest first. */
export function approvalAnswer(
  { wants, plan, expires }: Wanted,
  here: Here,
  { say, moment, request }: Context,
): Answer {
  const number = String(request);
  const kind = kindOf(wants);
  // A code passes through the bot: it serves what can be taken back, and nothing else.
  const code = kind === "factor" ? (here.codes ? "here" : "elsewhere") : "none";
  const ways = [
    ...(code === "here" ? [say("approval-code-here", { request: number })] : []),
    say("approval-sign", { request: number, where: here.approvals ? "here" : "elsewhere" }),
    say("approval-host", { request: number }),
    ...(code === "elsewhere" ? [say("approval-code", { request: number })] : []),
  ];
  const until = expires === undefined ? "none" : moment(expires * 1000);
  const blocks: readonly Block[] = [
    text(say("approval-wanted", { request: number, kind, wants, until })),
    ...(plan === undefined
      ? [text(say("approval-plan-elsewhere", { request: number }))]
      : [{ kind: "code", text: plan.trimEnd() } as const]),
    text(say("approval-ways")),
    { kind: "list", items: ways },
    text(say("approval-deny", { request: number })),
  ];
  return { tone: "question", blocks };
}

/**
 * It came to an end before it was done. `by`: who ended it, where somebody did. `stepsDone`: of its steps, those whose
 * effect stands.
 */
export function notDoneAnswer(
  how: "cancelled" | "denied" | "expired",
  by: string | undefined,
  { say, request }: Context,
  stepsDone = 0,
): Answer {
  const tone = how === "expired" ? "problem" : "done";
  const values = { request: String(request), by: by ?? "none" };
  const told = stepsDone > 0 ? say("cut-short", { ...values, steps: stepsDone }) : say(`not-done-${how}`, values);
  return { tone, blocks: [text(told), text(say("why-hint", { request: String(request) }))] };
}
