/** `manchot policy explain`: which rule decides, and what would change it, by the very policies and choke point of the bot. */
import { closest } from "fastest-levenshtein";
import { commands } from "../../../commands/index.ts";
import { venueOf } from "../../authorisation/circumstances.ts";
import { type Asker, explain } from "../../authorisation/explain.ts";
import { networks } from "../../chat/port.ts";
import { printProblems } from "../../config/problem.ts";
import { readRules } from "../../config/start.ts";
import type { Answer } from "../../conversation/answer.ts";
import { emptyAnswer, unknownAnswer, unreadableAnswer, wrongAnswer } from "../../conversation/answers.ts";
import type { Context } from "../../conversation/command.ts";
import { decisionOn } from "../../conversation/decision.ts";
import { type Parsed, parse } from "../../conversation/parse.ts";
import { quoted } from "../../conversation/print.ts";
import { plain } from "../../conversation/render/plain.ts";
import { contextFor } from "../../languages/index.ts";
import type { People, Person } from "../../people/person.ts";
import type { ExplainGiven } from "./given.ts";
import { explanationLines } from "./told.ts";

const stranger = "stranger";

/** What is to be printed, and the exit code: 0 allowed, 1 refused, 2 not understood. */
export type Told = { readonly code: 0 | 1 | 2; readonly text: string };

/** `folder`: of the policies. */
export function explainPolicy(given: ExplainGiven, folder: string): Told {
  const read = readRules({ config: given.config, policies: folder, commands });
  if (!read.ok) return { code: 2, text: printProblems(read.problems) };
  const { config, people, policies } = read;
  const context = contextFor({ request: 0, language: given.language ?? config.language, timezone: config.timezone });

  const person = people.byId(given.who);
  if (person === undefined && given.who !== stranger)
    return { code: 2, text: unknownPerson(given.who, people, context) };
  const words = parse(textOf(given.words), commands);
  if (words.kind !== "command") return { code: 2, text: plain(notUnderstood(words, context)) };

  const { on: network, direct, encrypted, local, verified, visibility, place } = given;
  // Of several accounts of theirs, it is the one that is pinned.
  const pinned = given.pinned || (person?.identities?.size ?? 0) > 0;
  const asked: Asker = { person, at: { network, direct, encrypted, local, pinned, verified, visibility, place } };
  const listening = networks.filter((one) => one === network || (one !== "terminal" && config[one] !== undefined));
  const explanation = explain(asked, { roles: policies.roles, networks: listening }, ({ person, at }) =>
    decisionOn(policies.authorisation, { person, venue: venueOf(at), trust: at }, words.command, words.given),
  );
  const lines = explanationLines({ asked, explanation, words, policies }, context);
  return { code: explanation.decision.allowed ? 0 : 1, text: lines.join("\n") };
}

/** One word is a text as it would be said; several have lost their quotes to the shell. */
function textOf(words: readonly string[]): string {
  if (words.length === 1) return words[0] ?? "";
  return words.map(requoted).join(" ");
}

function requoted(word: string): string {
  if (/^[^\s"“”„«»'‘]+$/u.test(word)) return word;
  const [, head = "", value = ""] = /^([^\s="]+=)?([\s\S]*)$/u.exec(word) ?? [];
  return head + quoted(value);
}

function notUnderstood(words: Exclude<Parsed, { kind: "command" }>, context: Context): Answer {
  switch (words.kind) {
    case "empty":
      return emptyAnswer(context);
    case "unreadable":
      return unreadableAnswer(words, context);
    case "unknown":
      return unknownAnswer(words, commands, context);
    case "wrong":
      return wrongAnswer(words, context);
  }
}

/** Names and accounts are no ids, but lead to one. */
function unknownPerson(who: string, people: People, { say }: Context): string {
  const named = new Map<string, string>([[stranger, stranger]]);
  for (const person of people.all) for (const name of namesOf(person)) named.set(name.toLowerCase(), person.id);
  const near = named.get(closest(who.toLowerCase(), [...named.keys()])) ?? stranger;
  return say("explain-nobody", { who, near, people: [...people.all.map(({ id }) => id), stranger].join(", ") });
}

function namesOf({ id, name, accounts }: Person): readonly string[] {
  return [id, name, ...Object.values(accounts).flat()];
}
