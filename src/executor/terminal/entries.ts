/** The journal's records of one operation, told in words; as they are written, `--json` has them. */
import type { JournalEntry } from "../../protocol/plan.ts";
import { type Failure, failure } from "../../protocol/wire.ts";
import { oneLine } from "../host/fact.ts";
import {
  accepted,
  approved,
  begun,
  cancelAsked,
  ended,
  factorWrong,
  holding,
  planned,
  released,
  stepped,
  stopped,
} from "../journal/records.ts";
import { utc } from "../plan-text.ts";
import { failureLine } from "./show.ts";

export function entryLines(entries: readonly JournalEntry[]): string[] {
  return entries.map((entry) => `${entry.seq} ${utc(entry.at)} ${oneLine(inWords(entry), 2000)}`);
}

type Detail = JournalEntry["detail"];

function inWords({ kind, detail }: JournalEntry): string {
  const tell = Object.hasOwn(words, kind) ? words[kind] : undefined;
  try {
    return tell?.(detail) ?? `${kind} ${JSON.stringify(detail)}`;
  } catch {
    // Of a later version of the executor: told as it stands.
    return `${kind} ${JSON.stringify(detail)}`;
  }
}

const words: Readonly<Record<string, (detail: Detail) => string>> = {
  planned(detail) {
    const { identity, plan } = planned.parse(detail);
    return `planned: ${plan.do}, asked for by ${plan.origin.person}${through(identity)}, expires ${utc(plan.expires)}`;
  },
  accepted(detail) {
    const { identity, due } = accepted.parse(detail);
    return `accepted${through(identity)}: may run from ${utc(due)} on`;
  },
  begun(detail) {
    const { step, argv } = begun.parse(detail);
    return `step ${step + 1} begins${argv.length === 0 ? "" : `: ${argv.join(" ")}`}`;
  },
  holding(detail) {
    const { holds, atMost } = holding.parse(detail);
    return `about to freeze, for ${atMost} s at most: ${holds.map(({ vm }) => vm).join(", ")}`;
  },
  released(detail) {
    const { vm, early } = released.parse(detail);
    return `thawed${early === true ? " by the watchdog, before the step had ended" : ""}: ${vm}`;
  },
  read: (detail) => `looked: ${commandIn(detail)}`,
  ran: (detail) => `ran: ${commandIn(detail)}`,
  stepped(detail) {
    const { step, recovered } = stepped.parse(detail);
    return `step ${step + 1} stands${recovered === true ? ", as was found after the executor was cut off" : ""}`;
  },
  ended(detail) {
    const { state, failure: why } = ended.parse(detail);
    return `over: ${state}${why === undefined ? "" : `, ${endIn(why)}`}`;
  },
  approved(detail) {
    const { identity, by, kind, factor } = approved.parse(detail);
    const with_ = { totp: "a code", signature: `the key ${factor}`, host: "a yes at this terminal" }[kind];
    return `approved by ${by} with ${with_}${through(identity)}`;
  },
  "factor-wrong"(detail) {
    const { identity, by } = factorWrong.parse(detail);
    return `a wrong code, said to be ${by}'s${through(identity)}`;
  },
  "cancel-asked"(detail) {
    const { identity, by } = cancelAsked.parse(detail);
    return `${by} asked to cancel it while it ran${through(identity)}`;
  },
  paused: (detail) => `all changes paused by ${stopped.parse(detail).by}`,
  resumed: (detail) => `changes resumed by ${stopped.parse(detail).by}`,
  refused(detail) {
    const { identity, method, reason, detail: more, untold } = detail;
    const why = failureLine(failure.parse({ reason, detail: more }));
    const others = untold === undefined ? "" : `, and before it ${String(untold)} that were not kept`;
    return `refused to ${String(method)}${through(String(identity))}: ${why}${others}`;
  },
};

/** Through which socket it came. */
function through(identity: string): string {
  return identity === "host" ? " at this terminal" : `, through ${identity}`;
}

function endIn(why: Failure): string {
  const { by, through: identity } = why.detail;
  const isPersons = (why.reason === "denied" || why.reason === "cancelled") && typeof by === "string";
  return isPersons ? `by ${by}${identity === undefined ? "" : through(String(identity))}` : failureLine(why);
}

function commandIn({ argv, code, signal, ms, stderr }: Detail): string {
  const end = typeof code === "number" ? `exit ${code}` : `no exit code${signal === undefined ? "" : ` (${signal})`}`;
  return `${[argv].flat().join(" ")}: ${end}, ${String(ms)} ms${stderr === undefined ? "" : `, ${String(stderr)}`}`;
}
