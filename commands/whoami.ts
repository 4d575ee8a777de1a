import type { Block, Say } from "../src/conversation/answer.ts";
import { type Context, desk, text } from "../src/conversation/command.ts";
import type { Desk } from "../src/conversation/desk.ts";
import { printMatrixAccount } from "../src/people/matrix-account.ts";
import type { Person } from "../src/people/person.ts";
import { trustIn } from "../src/people/trust.ts";

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
  const { network, label, venue } = request;
  if (person === undefined) {
    if (network === "terminal") return [text(say("whoami-stranger-sandbox", { label }))];
    // A handle would do for people, and not for `manchot.yaml`: what is pinned is to be copied to the letter.
    return [text(say("whoami-stranger", { label, network })), { kind: "code", text: lineOf(request) }];
  }
  const known = [
    text(say("whoami-person", { name: person.name, id: person.id })),
    text(say("whoami-roles", { roles: roles.join(", ") })),
  ];
  // Whose accounts on other networks are whose is not for everybody to read.
  if (network === "fediverse" && !venue.direct) return [...known, text(say("whoami-accounts-direct"))];
  // At the sandbox's terminal everybody has an account; anywhere else it means nothing to them.
  const shown = Object.entries(person.accounts).filter(([on]) => on !== "terminal" || network === "terminal");
  const items = shown.flatMap(([on, accounts]) =>
    accounts.map((account) => say("detail", { key: on, value: account })),
  );
  const list: Block = { kind: "list", items };
  return [
    ...known,
    text(say("whoami-accounts")),
    list,
    ...(network === "matrix" ? identityIs(person, request, say) : []),
  ];
}

/** Whether this account's identity is pinned, whether this message's device is signed by it; and what is to be pinned. */
function identityIs(person: Person, request: Desk["request"], say: Say): readonly Block[] {
  const { pinned, verified } = trustIn(person, request);
  const { encrypted, identity } = request.venue;
  if (!encrypted) return [text(say(pinned ? "whoami-identity-pinned-clear" : "whoami-identity-clear"))];
  if (verified) return [text(say("whoami-identity-verified"))];
  if (identity === undefined) return [text(say(pinned ? "whoami-identity-unsigned" : "whoami-identity-none"))];
  const line: Block = { kind: "code", text: lineOf(request) };
  return [text(say(pinned ? "whoami-identity-other" : "whoami-identity-unpinned")), line];
}

/** What stands for the account in `manchot.yaml`, to the letter; with its identity, where the network proved one. */
function lineOf({ network, account, venue: { encrypted, identity } }: Desk["request"]): string {
  if (network !== "matrix" || !encrypted || identity === undefined) return account;
  return printMatrixAccount({ mxid: account, identity });
}
