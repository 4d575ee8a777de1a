/** The sandbox's terminal, read from a pipe. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { createTerminal } from "../../../src/chat/terminal/terminal.ts";
import { say } from "../../../src/languages/index.ts";
import type { Person } from "../../../src/people/person.ts";
import { type Speaker, speakers, type Voice } from "./voice.ts";

export function terminalVoice(people: readonly Person[], idle: () => Promise<void>): Voice {
  const pictures = mkdtempSync(join(tmpdir(), "manchot-pictures-"));
  const [input, output] = [new PassThrough(), new PassThrough()];
  let shown = "";
  output.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const terminal = createTerminal({
    input,
    output,
    interactive: false,
    colour: false,
    say: say("fr"),
    language: "fr",
    people,
    speaker: "zelie",
    pictures: () => pictures,
    breakable: {},
    idle,
  });
  const chat = terminal.networks.find(({ network }) => network === "terminal");
  if (chat === undefined) throw new Error("the terminal has no network of its own");
  let running: Promise<void> | undefined;
  return {
    network: "terminal",
    chat,
    accounts: Object.fromEntries(speakers.map((speaker) => [speaker, speaker])) as Record<Speaker, string>,
    async ready() {
      running = terminal.run();
    },
    async say(speaker, text) {
      shown = "";
      input.write(`/as ${speaker}\n${text}\n`);
      return text;
    },
    async shown(_speaker, said) {
      await new Promise((resolve) => setImmediate(resolve));
      return shown.slice(shown.indexOf(`: ${said}\n`));
    },
    async leave() {
      input.end();
      await running;
    },
    stop: async () => rmSync(pictures, { recursive: true, force: true }),
  };
}
