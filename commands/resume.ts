import { change, text } from "../src/conversation/command.ts";

/** Lets changes go again after a pause; the executor wants a second factor for it. */
export default change({
  name: "resume",
  also: ["reprendre"],
  summary: { en: "Let changes go again after “pause”", fr: "Reprendre les changements après « pause »" },
  example: { en: "resume", fr: "reprendre" },
  arguments: {},
  action: "resume",
  change: () => ({ do: "executor.resume", with: {} }),
  answer: (_result, { say }) => ({ tone: "done", blocks: [text(say("resume-done"))] }),
});
