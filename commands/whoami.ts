import type { Block } from "../src/conversation/answer.ts";
import { type Context, desk, text } from "../src/conversation/command.ts";
import type { Desk } from "../src/conversation/desk.ts";

/** Person, roles, pinned accounts, and how to ask for more. */
export default desk({
  name: "whoami",
  also: ["qui-suis-je", "qui suis-je", "moi"],
  summary: {
    en: "Who you are to me, and what that lets you do",
    fr: "Qui vous êtes pour moi, et ce que cela vous permet",
  },
  example: { en: "whoami", fr: "qui-suis-je" },
  arguments: {},
  action: "whoami",
  answer(desk, context) {
    const help = desk.admins.length === 0 ? [] : [text(context.say("whoami-more", { admins: desk.admins.join(", ") }))];
    return { tone: "facts", blocks: [...whoIs(desk, context), ...help] };
  },
});

function whoIs({ person, roles, request }: Desk, { say }: Context): readonly Block[] {
  const { network, label, account, venue } = request;
  if (person === undefined) {
    if (network === "terminal") return [text(say("whoami-stranger-sandbox", { label }))];
    // A handle would do for people, and not for `manchot.yaml`: what is pinned is to be copied to the letter.
    return [text(say("whoami-stranger", { label, network })), { kind: "code", text: account }];
  }
  const known = [
    text(say("whoami-person", { name: person.name, id: person.id })),
    text(say("whoami-roles", { roles: roles.join(", ") })),
  ];
  // Whose accounts on other networks are whose is not for everybody to read.
  if (network === "fediverse" && !venue.direct) return [...known, text(say("whoami-accounts-direct"))];
  const items = Object.entries(person.accounts).flatMap(([network, accounts]) =>
    accounts.map((account) => `${network}: ${account}`),
  );
  return [...known, text(say("whoami-accounts")), { kind: "list", items }];
}
