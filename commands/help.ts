import type { Answer, Block } from "../src/conversation/answer.ts";
import { unknownAnswer } from "../src/conversation/answers.ts";
import { argumentsOf, text as words } from "../src/conversation/arguments.ts";
import { type Command, type Context, desk, text } from "../src/conversation/command.ts";
import { findCommand } from "../src/conversation/names.ts";
import { expectation, formOf, usage } from "../src/conversation/usage.ts";
import { fold } from "../src/conversation/words.ts";

/** Only what this person may do here. What is not permitted looks like what does not exist. */
export default desk({
  name: "help",
  also: ["aide", "?"],
  summary: {
    en: "What I can do for you, or how one command is used",
    fr: "Ce que je peux faire pour vous, ou l’emploi d’une commande",
  },
  example: { en: "help snapshot", fr: "aide instantané" },
  arguments: { command: words({ en: "command", fr: "commande" }).optional() },
  action: "help",
  answer(desk, context, { command }) {
    const permitted = desk.permitted();
    if (command === undefined) return overview(permitted, desk.moreDirectly(), context);
    const asked = command.split(" ");
    const found = findCommand(asked.map(fold), permitted);
    return found === undefined ? unknownAnswer({ words: asked }, permitted, context) : screen(found.command, context);
  },
});

function overview(permitted: readonly Command[], moreDirectly: boolean, { say, language }: Context): Answer {
  const columns = [{ title: say("help-command") }, { title: say("help-what") }];
  const rows = permitted.map((command) => [usage(command, language), command.summary[language]]);
  const tail = [text(say("help-tail")), ...(moreDirectly ? [text(say("help-directly"))] : [])];
  return { tone: "facts", blocks: [text(say("help-head")), { kind: "table", columns, rows }, ...tail] };
}

function screen(command: Command, context: Context): Answer {
  const { say, language } = context;
  const items = argumentsOf(command).map((argument) =>
    say(argument.required ? "help-argument" : "help-argument-optional", {
      form: formOf(argument, language),
      expected: argument.hint?.[language] ?? expectation(argument, context),
    }),
  );
  const list: Block[] = items.length === 0 ? [] : [{ kind: "list", items }];
  const names = [command.name, ...command.also].join(", ");
  return {
    tone: "facts",
    blocks: [
      text(command.summary[language]),
      text(say("usage", { usage: usage(command, language) })),
      ...list,
      text(say("example", { example: command.example[language] })),
      text(say("help-names", { names })),
      text(effectOf(command, context)),
    ],
  };
}

function effectOf(command: Command, { say }: Context): string {
  if (command.kind === "change") return say("help-changes");
  return command.kind === "desk" && command.decides === true ? say("help-decides") : say("help-reads");
}
