import { kindOf } from "../src/conversation/approval-answers.ts";
import { number, proof } from "../src/conversation/arguments.ts";
import { desk, text } from "../src/conversation/command.ts";

/** Says yes to a plan, by a signature of its text; or by a code, where nobody between can read it and use it first. */
export default desk({
  name: "approve",
  also: ["approuver", "valider"],
  summary: {
    en: "Approve a plan, with the signature that “manchot sign” makes, or in an encrypted room with a code",
    fr: "Approuver un plan, avec la signature que fait « manchot sign », ou dans un salon chiffré avec un code",
  },
  example: { en: "approve #41 U1NIU0lH", fr: "approuver #41 U1NIU0lH" },
  arguments: {
    request: number({ en: "number", fr: "numéro" }),
    proof: proof({ en: "code|signature", fr: "code|signature" }),
  },
  action: "approve",
  decides: true,
  async answer(desk, context, { request, proof }) {
    const { say } = context;
    const values = { request: String(request) };
    if (proof.kind === "code" && !desk.takesCodes) {
      const burnt = await desk.burn(proof.code, request);
      return { tone: "refused", blocks: [text(say(burnt ? "approve-code-burnt" : "approve-code", values))] };
    }
    const outcome = await desk.approve(request, proof);
    switch (outcome.kind) {
      case "none":
        return { tone: "problem", blocks: [text(say("approve-nothing", values)), ...outcome.more] };
      case "answer":
        return outcome.answer;
      case "enough":
        return { tone: "facts", blocks: [text(say("approve-enough", values))] };
      case "more": {
        const given = outcome.given.join(", ");
        return {
          tone: "facts",
          blocks: [text(say("approve-more", { ...values, kind: kindOf(outcome.wants), wants: outcome.wants, given }))],
        };
      }
    }
  },
});
