import { desk, text } from "../src/conversation/command.ts";

/** The next page of the last long answer in this place. */
export default desk({
  name: "more",
  also: ["suite", "encore"],
  summary: { en: "The rest of the last long answer here", fr: "La suite de la dernière longue réponse ici" },
  example: { en: "more", fr: "suite" },
  arguments: {},
  action: "more",
  answer(desk, { say }) {
    const page = desk.more();
    if (page === undefined) return { tone: "problem", blocks: [text(say("more-none"))] };
    const left = page.left > 0 ? [text(say("more-left", { left: page.left }))] : [];
    return { tone: "facts", blocks: [...page.blocks, ...left] };
  },
});
