import type { Block } from "../src/conversation/answer.ts";
import { number } from "../src/conversation/arguments.ts";
import { type Context, desk, text } from "../src/conversation/command.ts";
import type { Desk } from "../src/conversation/desk.ts";
import { stateInWords } from "../src/conversation/request-state.ts";
import { historyBlock, journalBlock, planBlock } from "../src/conversation/story.ts";
import type { Request } from "../src/store/store.ts";

/** Who, when, where, which rule, which plan, what ran, what came back, when it was delivered. */
export default desk({
  name: "why",
  also: ["pourquoi"],
  summary: { en: "The whole story of a request", fr: "Toute l’histoire d’une demande" },
  example: { en: "why #41", fr: "pourquoi #41" },
  arguments: { request: number({ en: "number", fr: "numéro" }) },
  action: "why",
  async answer(desk, context, { request: asked }) {
    const { say } = context;
    const request = desk.find(asked);
    if (request === undefined) return { tone: "problem", blocks: [text(say("why-none", { request: String(asked) }))] };
    const history = desk.history(asked);
    const plan = planBlock(history);
    const blocks: readonly Block[] = [
      ...beginning(request, context),
      historyBlock(history, context),
      ...(plan === undefined ? [] : [text(say("why-plan")), plan]),
      ...(request.operation === undefined ? [] : await ran(desk.journal(asked), context)),
    ];
    return { tone: "facts", blocks };
  },
});

function beginning(request: Request, context: Context): readonly Block[] {
  const { say, moment } = context;
  const { number, person, label, account, network, venue } = request;
  const place = { network, place: venue.place };
  return [
    text(
      say("why-who", {
        request: String(number),
        who: person === undefined ? label : say("why-person", { person, label }),
        account,
        when: moment(request.sentAt),
        where: say(venue.direct ? "why-direct" : "why-room", place),
      }),
    ),
    { kind: "code", text: request.text },
    text(say("why-state", { state: stateInWords(request, context.say) })),
  ];
}

async function ran(journal: ReturnType<Desk["journal"]>, context: Context): Promise<readonly Block[]> {
  const entries = await journal;
  if (entries === undefined) return [text(context.say("why-no-journal"))];
  return [text(context.say("why-journal")), journalBlock(entries, context)];
}
