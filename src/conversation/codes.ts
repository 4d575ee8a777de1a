/** Codes of a second factor: where they are taken, and what becomes of those that were said elsewhere. */
import { trustIn } from "../people/trust.ts";
import type { Request } from "../store/store.ts";
import type { Answer } from "./answer.ts";
import type { Proof } from "./arguments.ts";
import type { Context } from "./command.ts";
import type { Parsed } from "./parse.ts";
import { mayThey, type Parts } from "./parts.ts";
import { who } from "./who.ts";

/** How many codes of one message are looked at: nobody has a reason for more. */
const mostCodes = 3;

/** Six digits that stand alone, also as phones show them: in two groups of three. Each once, as the executor takes them. */
export function codesIn(text: string): readonly string[] {
  // Each place by itself: of "412 123 456" both pairs could be one.
  const found = text.matchAll(/(?<![\d#])(?=(\d{3})[ \u00a0\u202f]?(\d{3})(?!\d))/gu);
  return [...new Set([...found].map(([, first = "", second = ""]) => first + second))];
}

/**
 * Whether a code that is said there may serve: in an encrypted Matrix room, and where the account's identity is pinned, from
 * a device that it signed. Anywhere else somebody between could have read it and used it first.
 */
export function takesCodes(
  parts: Pick<Parts, "people">,
  request: Pick<Request, "network" | "account" | "venue">,
): boolean {
  if (request.network !== "matrix" || !request.venue.encrypted) return false;
  const { pinned, verified } = trustIn(who(parts.people, request), request);
  return !pinned || verified;
}

/** The code that goes to the executor as this person's factor, where the message brings one that may serve. */
export function broughtCode(parts: Parts, request: Request, words: Parsed): string | undefined {
  if (words.kind !== "command" || words.command.action !== "approve" || !takesCodes(parts, request)) return undefined;
  const proof = words.given.proof as Proof | undefined;
  if (proof?.kind !== "code" || !mayThey(parts, request, words.command, words.given).allowed) return undefined;
  return proof.code;
}

/** What became of the codes in a message. `missed`: the executor did not spend them, so they may still be good. */
export type Codes = { readonly burnt: number; readonly missed: boolean };

/**
 * A code that stands in a message was meant for an approval, and others could read it: it is spent, whatever becomes of the
 * message; but for the one that is `brought`, which the executor judges. Strangers have none.
 */
export async function burnCodes(
  parts: Pick<Parts, "people" | "hypervisor">,
  request: Pick<Request, "network" | "account" | "text">,
  brought: string | undefined,
): Promise<Codes> {
  let burnt = 0;
  if (who(parts.people, request) === undefined) return { burnt, missed: false };
  const codes = codesIn(request.text).slice(0, mostCodes);
  for (const code of codes.filter((one) => one !== brought)) {
    const reply = await parts.hypervisor.burn(code);
    // Each further one would wait as long for nothing, and the answer with it.
    if (!reply.ok) return { burnt, missed: true };
    burnt += reply.value.burnt;
  }
  return { burnt, missed: false };
}

export type Tell = (answer: Answer) => Answer;

/** Adds to an answer that a code was spent, where one was, or could not be. */
export function withCodes(codes: Codes, context: Context): Tell {
  return (answer) => ({ ...answer, blocks: [...answer.blocks, ...codeBlocks(codes, context)] });
}

/** A change has its answer at its end, which may be hours away: what became of its codes is told before. */
export function noteCodes(parts: Parts, request: Request, codes: Codes, context: Context): void {
  const blocks = codeBlocks(codes, context);
  if (blocks.length === 0) return;
  const post = { purpose: "final", answer: { tone: "problem", blocks }, language: context.language } as const;
  parts.store.note(request.number, codes.missed ? "code-not-burnt" : "code-burnt", {}, [post], parts.now());
}

function codeBlocks({ burnt, missed }: Codes, { say }: Context) {
  const texts = [...(burnt > 0 ? [say("code-burnt")] : []), ...(missed ? [say("code-not-burnt")] : [])];
  return texts.map((text) => ({ kind: "text", text }) as const);
}
