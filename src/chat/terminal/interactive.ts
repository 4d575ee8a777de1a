/** At a terminal: a prompt that says who speaks where, a history, completion; answers never destroy the line being typed. */
import { createInterface, type Interface } from "node:readline";
import { terminal } from "../../conversation/render/terminal.ts";
import { readHistory, writeHistory } from "./history.ts";
import { completeLocalLine } from "./local-line.ts";
import type { Question, Shown } from "./posts.ts";
import { printAbove } from "./screen.ts";
import type { Session } from "./terminal.ts";

/** Two Ctrl-C within so long leave. */
const twiceMs = 2_000;
const historyLines = 500;

export async function converse(session: Session, use: (how: (shown: Shown) => void) => void): Promise<void> {
  const { input, output, colour, historyFile, say } = session.options;
  const paint = (text: string, code: number): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const people = session.options.people.map((person) => person.id);
  const history = historyFile === undefined ? [] : readHistory(historyFile);
  const rl = createInterface({
    input,
    output,
    terminal: true,
    history,
    historySize: historyLines,
    removeHistoryDuplicates: true,
    completer: (line: string): [string[], string] => [completions(session, line, people), line],
  });
  if (historyFile !== undefined) rl.on("history", (lines) => writeHistory(historyFile, lines));

  /** The last question put: only answers to others say what they answer. */
  let last: Question | undefined;
  const prompt = (): void => {
    rl.setPrompt(`${paint(session.speaker.where, 1)}> `);
    rl.prompt();
  };

  output.write(`${say("terminal-welcome", { person: session.speaker.label, people: people.join(", ") })}\n\n`);
  prompt();
  use(({ post, question }) => {
    const columns = "columns" in output ? output.columns : 80;
    const hint = session.options.hint?.(post);
    const told = terminal(post.answer, { colour, width: Math.max(40, columns - 1) });
    const body = `${told}${hint === undefined ? "" : `\n${paint(hint, 2)}`}`;
    const asked = question === undefined ? post.label : `${question.who}: ${question.text}`;
    const head = question !== undefined && question === last ? "" : `${paint(`↳ ${asked}`, 2)}\n`;
    printAbove(rl, output, `${head}${body}\n`);
  });
  rl.on("line", (line) => {
    if (line.trim() !== "") {
      const local = session.readLocal(line);
      const obeyed = local === undefined ? { line, shown: undefined } : session.obey(local);
      if (obeyed === "quit") {
        rl.close();
        return;
      }
      if ("words" in obeyed) output.write(`${obeyed.words}\n`);
      else {
        last = session.question(obeyed.line, obeyed.shown);
        if (local !== undefined) output.write(`${paint(`↳ ${last.who}: ${last.text}`, 2)}\n`);
        session.ask(last);
      }
    }
    prompt();
  });
  onInterrupt(rl, () => {
    printAbove(rl, output, say("terminal-leave"));
  });
  await new Promise<void>((left) => rl.once("close", left));
  output.write("\n");
}

/** Ctrl-C clears the line; a second one right after it leaves. */
function onInterrupt(rl: Interface, hint: () => void): void {
  let before = Number.NEGATIVE_INFINITY;
  rl.on("SIGINT", () => {
    const now = performance.now();
    if (now - before < twiceMs) {
      rl.close();
      return;
    }
    before = now;
    // As the keys would: to the end of the line, then delete back to its beginning.
    rl.write(null, { ctrl: true, name: "e" });
    rl.write(null, { ctrl: true, name: "u" });
    hint();
  });
}

function completions(session: Session, line: string, people: readonly string[]): string[] {
  const { breakable, complete } = session.options;
  if (line.startsWith("/")) return completeLocalLine(line, people, Object.keys(breakable));
  return [...(complete?.(line, { network: session.speaker.network, account: session.speaker.account }) ?? [])];
}
