/** The details of failures, of the bot's history and of the executor's journal, in the person's words. */
import { vmState } from "../protocol/facts.ts";
import { operationClass, wanted } from "../protocol/operations.ts";
import { factorKind, operationState } from "../protocol/plan.ts";
import { failureReason } from "../protocol/wire.ts";
import type { Context } from "./command.ts";

/** Details that have a word of their own in each language; others are told by their keys. */
export const toldKeys = [
  "action",
  "argv",
  "atMost",
  "attempt",
  "attempts",
  "autostart",
  "because",
  "burnt",
  "by",
  "class",
  "code",
  "come",
  "command",
  "disks",
  "due",
  "ended",
  "eventId",
  "expired",
  "expires",
  "factor",
  "for",
  "given",
  "gone",
  "hash",
  "health",
  "id",
  "identity",
  "kind",
  "maximum",
  "meanings",
  "method",
  "minutes",
  "ms",
  "person",
  "planned",
  "pool",
  "pools",
  "queuedUntil",
  "reason",
  "recovered",
  "result",
  "rule",
  "rules",
  "run",
  "seconds",
  "signal",
  "since",
  "state",
  "stderr",
  "step",
  "steps-done",
  "target",
  "through",
  "took",
  "tries",
  "until",
  "untold",
  "vm",
  "waiting",
  "wanted",
  "wants",
  "what",
  "why",
  "words",
] as const;

type Detail = Readonly<Record<string, unknown>>;

/** `key: value` of one detail, in words. `all`: those that it stands among. */
export function detailInWords(key: string, value: unknown, all: Detail, context: Context): string {
  const named = toldKeys.some((known) => known === key) ? context.say(`key-${key}`) : key;
  return context.say("detail", { key: named, value: valueInWords(key, value, all, context) });
}

/** Moments in seconds since 1970, and spans in seconds, as the executor has them. */
const moments = ["expires", "expired", "queuedUntil", "created", "due", "since", "until"];
const spans = ["seconds", "atMost"];

function valueInWords(key: string, value: unknown, all: Detail, context: Context): string {
  const { say, moment, duration } = context;
  if (value === true) return say("yes");
  if (typeof value === "number") {
    if (moments.includes(key)) return moment(value * 1000);
    if (spans.includes(key)) return duration(value * 1000);
    if (key === "run") return `#${value}`;
    // As the plan's text counts them.
    if (key === "step") return String(value + 1);
    if (key === "took") return value < 1 ? say("under-a-second") : duration(value * 1000);
    if (key === "ms" || key.endsWith("Ms")) return duration(value);
  }
  if (key === "argv" && Array.isArray(value)) return value.map((word) => argvWord(String(word))).join(" ");
  if (key === "hash" && typeof value === "string") return `${value.slice(0, 12)}…`;
  if (typeof value === "string") return termInWords(key, value, all, context);
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ");
  if (key === "result") return namesIn(value).join(", ") || JSON.stringify(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

const has = (options: readonly string[], value: string): boolean => options.includes(value);

/** The protocol's own terms in the person's words; whatever is none of them stands as it is. */
function termInWords(key: string, value: string, all: Detail, { say }: Context): string {
  switch (key) {
    case "state":
      // A VM and an operation can both be running.
      if ("vm" in all && has(vmState.options, value)) return say(`vm-state-${value.replace(" ", "-")}`);
      return has(operationState.options, value) ? say(`operation-state-${value}`) : value;
    case "vm":
      return has(vmState.options, value) ? say(`vm-state-${value.replace(" ", "-")}`) : value;
    case "autostart":
      return say(value === "on" ? "yes" : "no");
    case "kind":
      return has(factorKind.options, value) ? say(`factor-kind-${value}`) : value;
    case "wants":
      return has(wanted.options, value) ? say(`wants-${value.replaceAll(" ", "-")}`) : value;
    case "class":
      return has(operationClass.options, value) ? say(`class-${value}`) : value;
    case "method":
      return has(methodsInWords, value) ? say(`method-${value}`) : value;
    case "reason":
    case "because":
      return has(failureReason.options, value) ? say(`reason-${value}`) : (becauses.get(value)?.(say) ?? value);
    default:
      return value;
  }
}

/** What can be refused of an operation. */
export const methodsInWords: readonly string[] = ["plan", "apply", "approve", "deny", "cancel"];

/** The executor's own words for why something is not known, or is not as it was. */
const becauses: ReadonlyMap<string, (say: Context["say"]) => string> = new Map([
  ["changed", (say) => say("because-changed")],
  ["only a part of it stands", (say) => say("because-part")],
  ["its effect is gone", (say) => say("because-gone")],
  ["a fault of the executor", (say) => say("because-fault")],
]);

/** The names of what an operation made, wherever they stand in its result. */
function namesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  if ("name" in value && typeof value.name === "string") return [value.name];
  return Object.values(value).flatMap(namesIn);
}

/** Quoted as a shell would want it, so that it can be read, and run by hand. */
const argvWord = (word: string): string =>
  /^[\w./:=@%+,-]+$/u.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
