import { number } from "../src/conversation/arguments.ts";
import { desk, text } from "../src/conversation/command.ts";

/** Says no to a plan, for good. It needs no factor: a no can always be asked for again. */
export default desk({
  name: "deny",
  also: ["refuser", "rejeter"],
  summary: { en: "Say no to a plan that waits", fr: "Refuser un plan en attente" },
  example: { en: "deny #41", fr: "refuser #41" },
  arguments: { request: number({ en: "number", fr: "numéro" }) },
  action: "deny",
  decides: true,
  async answer(desk, { say }, { request }) {
    const values = { request: String(request) };
    const outcome = await desk.end(request, "deny");
    if (outcome.kind === "answer") return outcome.answer;
    const tone = outcome.kind === "ended" ? "done" : "problem";
    return { tone, blocks: [text(say(`deny-${outcome.kind}`, values))] };
  },
});
