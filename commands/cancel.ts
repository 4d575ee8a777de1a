import { number } from "../src/conversation/arguments.ts";
import { desk, text } from "../src/conversation/command.ts";

/** Calls a change off: before its first step nothing is done; between two steps it stops, where it can; else it is too late. */
export default desk({
  name: "cancel",
  also: ["annuler"],
  summary: { en: "Call off a change that waits or runs", fr: "Annuler un changement en attente ou en cours" },
  example: { en: "cancel #41", fr: "annuler #41" },
  arguments: { request: number({ en: "number", fr: "numéro" }) },
  action: "cancel",
  decides: true,
  async answer(desk, { say }, { request }) {
    const values = { request: String(request) };
    const outcome = await desk.end(request, "cancel");
    if (outcome.kind === "answer") return outcome.answer;
    const tone =
      outcome.kind === "ended" ? "done" : outcome.kind === "asked" || outcome.kind === "through" ? "facts" : "problem";
    return { tone, blocks: [text(say(`cancel-${outcome.kind}`, values))] };
  },
});
