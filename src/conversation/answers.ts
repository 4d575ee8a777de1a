/**
 * The answers of a message's way that are no command's own: not understood, not permitted, too late, not possible, not
 * reachable, broken. Each says what happened, what it means, and what to do.
 */
import type { Decision } from "../authorisation/port.ts";
import type { Unavailable } from "../hypervisor/port.ts";
import type { Failure } from "../protocol/wire.ts";
import type { Request } from "../store/store.ts";
import type { Answer, Block, Say, Tone } from "./answer.ts";
import { type Command, type Context, text } from "./command.ts";
import { detailInWords } from "./details.ts";
import type { Parsed, Problem } from "./parse.ts";
import { print } from "./print.ts";
import { nearest } from "./suggest.ts";
import { expectation, usage } from "./usage.ts";

/** Why a message on Matrix is not taken, as the adapter alone knows it. */
export type Untaken = "not-encrypted" | "no-key" | "withheld" | "unsigned";

/** What is said of it. In both languages, since it is not known who reads; it quotes nothing. */
export const untakenSentence: Readonly<Record<Untaken, string>> = {
  "not-encrypted":
    "Ce salon est chiffré, et ce message ne l’était pas : n’importe qui sur le serveur a pu l’écrire, je ne l’exécute donc pas. Écrivez-le avec un client qui chiffre. / " +
    "This room is encrypted, and this message was not: anybody on the server could have written it, so I do not act on it. Write it with a client that encrypts.",
  "no-key":
    "Je ne peux pas encore lire ce message : sa clé ne m’est pas parvenue. Dès qu’elle arrive, je m’en occupe ; si elle tarde, commencez une session neuve (dans Element : /discardsession) et écrivez-moi de nouveau. / " +
    "I cannot read this message yet: its key has not reached me. I will see to it as soon as the key comes; if that takes long, begin a new session (in Element: /discardsession) and write to me again.",
  withheld:
    "Je ne peux pas lire ce message : votre appareil me refuse sa clé (le mien y est bloqué, ou vous n’écrivez qu’aux appareils vérifiés). Vérifiez ou débloquez mon appareil, puis écrivez-moi de nouveau. / " +
    "I cannot read this message: your device refuses me its key (mine is blocked there, or you write to verified devices only). Verify or unblock my device, and write to me again.",
  unsigned:
    "Votre appareil n’est pas signé par votre identité Matrix, et je n’écoute que ceux qui le sont. Vérifiez-le depuis un autre de vos appareils, ou avec votre clé de récupération, puis écrivez-moi de nouveau. / " +
    "Your device is not signed by your Matrix identity, and I listen only to those that are. Verify it from another of your devices, or with your recovery key, and write to me again.",
};

const of = (tone: Tone, ...blocks: readonly Block[]): Answer => ({ tone, blocks });

/** In place of an answer that was for one person alone, where somebody else can read it by now. */
export const notAloneAnswer = (say: Say): Answer => of("problem", text(say("not-alone")));

/** The bot was mentioned and nothing else was said. */
export const emptyAnswer = ({ say }: Context): Answer => of("problem", text(say("empty")));

/** The text could not even be taken for words. */
export const unreadableAnswer = (parsed: Extract<Parsed, { kind: "unreadable" }>, { say }: Context): Answer =>
  of("problem", text(say(`unreadable-${parsed.why}`)));

/** No such command, or none that this person may use: the two look the same. One line. */
export function unknownAnswer(
  parsed: { readonly words: readonly string[] },
  permitted: readonly Command[],
  { say, language }: Context,
): Answer {
  const names = nearest(parsed.words, permitted, language);
  const words = shortened(parsed.words.slice(0, 3).join(" "), 40);
  const near = names.map((name) => say("quoted", { words: name })).join(", ");
  return of("problem", text(names.length === 0 ? say("unknown", { words }) : say("unknown-near", { words, near })));
}

/** What was understood, what is wrong, one right example. */
export function wrongAnswer(wrong: { readonly command: Command; readonly problem: Problem }, context: Context): Answer {
  const { command, problem } = wrong;
  const { say, language } = context;
  return of(
    "problem",
    text(say(`wrong-${problem.what}`, whatIsWrong(problem, context))),
    text(say("wrong-understood", { call: shortened(print(command, problem.given, language), 200) })),
    text(say("usage", { usage: usage(command, language) })),
    text(say("example", { example: command.example[language] })),
  );
}

function whatIsWrong({ argument, word }: Problem, context: Context): Readonly<Record<string, string>> {
  return {
    word: shortened(word ?? "", 60),
    name: argument?.name[context.language] ?? "",
    expected: argument === undefined ? "" : expectation(argument, context),
  };
}

/** Not permitted: the rule's own reason, and who can help. */
export function refusalAnswer(
  decision: Extract<Decision, { allowed: false }>,
  { say, language }: Context,
  admins: readonly string[],
): Answer {
  const blocks = [text(decision.reason[language])];
  if (decision.roles.length > 0) blocks.push(text(say("refused-roles", { roles: decision.roles.join(", ") })));
  if (admins.length > 0) blocks.push(text(say("refused-help", { admins: admins.join(", ") })));
  return of("refused", ...blocks);
}

/** For those who may see how the host is: the policies on the disk are not those in force, and why. */
export function policyTroubles(
  problems: readonly { readonly file: string; readonly line?: number; readonly message: string }[],
  say: Say,
): readonly string[] {
  const [first] = problems;
  if (first === undefined) return [];
  const folder = first.file.slice(0, first.file.lastIndexOf("/") + 1);
  // Where the policies lie on the machine is nobody's business in a room.
  const [name, message] = [first.file, first.message].map((words) => words.replaceAll(folder, ""));
  const { line } = first;
  return [
    say("policies-refused", {
      place: line === undefined ? (name ?? "") : `${name}:${line}`,
      message: message ?? "",
      count: problems.length,
    }),
  ];
}

/** A change that came too late: kept, not run. `now` in milliseconds since 1970. */
export function lateAnswer(request: Request, now: number, { say, duration }: Context): Answer {
  const ahead = request.sentAt - now;
  const late = now - Math.min(request.sentAt, request.receivedAt);
  const said = ahead > late ? say("late-ahead", { by: duration(ahead) }) : say("late", { by: duration(late) });
  return of("problem", text(said), text(say("late-run", { request: String(request.number) })));
}

/** To an account that belongs to nobody, and writes too fast: once, then no answer at all. */
export const tooManyAnswer = ({ say }: Context): Answer => of("problem", text(say("too-many")));

/** The executor did not do it, and says why. Every detail that it gave is shown: the values are the host's own words. */
export function failureAnswer(failure: Failure, context: Context): Answer {
  const { say } = context;
  const { what, near, words, others } = detailOf(failure, context);
  const blocks: Block[] = [text(say(`failure-${failure.reason}`, { what: what ?? "none" }))];
  if (near.length > 0) blocks.push(text(say("failure-near", { near: near.join(", ") })));
  if (words !== undefined) blocks.push(text(say("failure-words")), { kind: "code", text: words });
  if (others.length > 0) blocks.push({ kind: "list", items: others });
  blocks.push(text(say("why-hint", { request: String(context.request) })));
  return of("failed", ...blocks);
}

/** The keys by which the executor names what a failure is about; `near` and `words` have places of their own. */
const subjects = ["target", "name", "vm", "dataset", "pool", "targets", "pools"];

function detailOf({ detail }: Failure, context: Context) {
  const said = (value: string | number | readonly string[]): string =>
    typeof value === "object" ? value.join(", ") : String(value);
  const entries = Object.entries(detail).filter(([, value]) => said(value) !== "");
  const subject = subjects.map((key) => entries.find(([name]) => name === key)).find((entry) => entry !== undefined);
  const { near, words } = detail;
  const others = entries.filter(([key]) => key !== subject?.[0] && key !== "near" && key !== "words");
  return {
    what: subject === undefined ? undefined : said(subject[1]),
    near: near === undefined ? [] : [near].flat().map(String),
    words: words === undefined || said(words) === "" ? undefined : said(words),
    others: others.map(([key, value]) => detailInWords(key, value, detail, context)),
  };
}

/** The executor could not be asked at all. A changed identity is told loudly: nothing was sent to it. */
export const unavailableAnswer = (unavailable: Unavailable, { say }: Context): Answer =>
  of("failed", text(say(`unavailable-${unavailable.kind}`)), { kind: "code", text: unavailable.why });

/** Something broke here. */
export const faultAnswer = ({ say, request }: Context): Answer =>
  of("failed", text(say("fault", { request: String(request) })));

function shortened(words: string, most: number): string {
  const letters = [...words];
  return letters.length <= most ? words : `${letters.slice(0, most - 1).join("")}…`;
}
