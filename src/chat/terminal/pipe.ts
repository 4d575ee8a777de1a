/** From a pipe: one message a line, each answered before the next is read, so that the same input gives the same order. */
import { createInterface } from "node:readline";
import { terminal } from "../../conversation/render/terminal.ts";
import type { Question, Shown } from "./posts.ts";
import type { Session } from "./terminal.ts";

const width = 100;

/** Blank lines and `# comments` are skipped. */
export async function readFromPipe(session: Session, use: (how: (shown: Shown) => void) => void): Promise<void> {
  const { input, output, say, idle } = session.options;
  let first = true;
  /** The question under which an answer would stand just now. */
  let current: Question | undefined;
  let readerGone = false;
  // A reader that has seen enough (`| head`) is no fault.
  output.on("error", () => {
    readerGone = true;
  });

  function paragraph(text: string): void {
    if (!readerGone) output.write(`${first ? "" : "\n"}${text}\n`);
    first = false;
  }

  use(({ post, question }) => {
    // How long something takes must not show in what is printed: progress is told only where nothing else will come.
    if (post.answer.tone === "progress" && session.broken().length === 0) return;
    const hint = session.options.hint?.(post);
    const text = `${terminal(post.answer, { colour: false, width })}${hint === undefined ? "" : `\n${hint}`}`;
    if (question !== undefined && question === current) {
      output.write(`${text}\n`);
      return;
    }
    paragraph(`${question === undefined ? `↳ ${post.label}` : `${question.who}: ${question.text}`}\n${text}`);
    current = question;
  });

  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (readerGone) break;
    if (line.trim() === "" || line.startsWith("#")) continue;
    const local = session.readLocal(line);
    const obeyed = local === undefined ? { line, shown: undefined } : session.obey(local);
    if (obeyed === "quit") break;
    if ("words" in obeyed) {
      paragraph(obeyed.words);
      current = undefined;
      continue;
    }
    const question = session.question(obeyed.line, obeyed.shown);
    paragraph(`${question.who}: ${question.text}`);
    current = question;
    // With something broken, "it waits" is all the answer there may be before it is mended.
    const answered = session.posts.answered(question, session.broken().length > 0);
    session.ask(question);
    await Promise.race([answered, idle()]);
    // What was approved goes on by itself; the next line is said when it has ended.
    if (local !== undefined && session.broken().length === 0) await idle();
  }
  if (session.broken().length > 0) paragraph(say("terminal-still-broken", { what: session.broken().join(", ") }));
  else await idle();
}
