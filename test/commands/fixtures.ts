/** A desk as the commands see it, and facts as the executor tells them. */
import { commands } from "../../commands/index.ts";
import type { Answer } from "../../src/conversation/answer.ts";
import type { Context } from "../../src/conversation/command.ts";
import type { Desk } from "../../src/conversation/desk.ts";
import { parse } from "../../src/conversation/parse.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { contextFor } from "../../src/languages/index.ts";
import type { Request } from "../../src/store/store.ts";

export const en = contextFor({ request: 50, language: "en", timezone: "Europe/Paris" });
export const fr = contextFor({ request: 50, language: "fr", timezone: "Europe/Paris" });

export const noon = Date.UTC(2026, 10, 23, 11, 0, 0);

export const request: Request = {
  number: 41,
  network: "matrix",
  eventId: "$1",
  venue: { network: "matrix", place: "!ops:liberta.example", thread: "$1", direct: false, encrypted: false },
  account: "@zelie:liberta.example",
  label: "Zélie",
  text: "snapshot web",
  language: undefined,
  sentAt: noon,
  receivedAt: noon + 1000,
  state: "done",
  person: "zelie",
  command: "snapshot",
  given: { targets: ["web"] },
  attempt: 0,
  operation: "6f1c2c58-5a0e-4d0b-9a63-2b8a4f0f6f0e",
  planHash: "a".repeat(64),
  wants: undefined,
  endedAs: undefined,
};

export function deskWith(with_: Partial<Desk> = {}): Desk {
  return {
    request: { ...request, number: 50, state: "received" },
    person: {
      id: "zelie",
      name: "Zélie",
      roles: ["admin"],
      accounts: { matrix: ["@zelie:liberta.example"], terminal: ["zelie"] },
    },
    roles: ["admin"],
    admins: ["Zélie", "Amine"],
    permitted: () => commands,
    moreDirectly: () => false,
    requests: () => [],
    find: () => undefined,
    history: () => [],
    journal: async () => undefined,
    more: () => undefined,
    takesCodes: false,
    approve: async () => ({ kind: "none", more: [] }),
    end: async () => ({ kind: "none" }),
    burn: async () => true,
    run: () => false,
    ...with_,
  };
}

/** Answers a line as the journey would, with what the executor or the desk has. Intl's spaces are made plain. */
export async function said(
  line: string,
  context: Context,
  has: { readonly desk?: Desk; readonly value?: unknown },
): Promise<string> {
  return plain(await answered(line, context, has)).replace(/[\u00a0\u202f]/gu, " ");
}

export async function answered(
  line: string,
  context: Context,
  has: { readonly desk?: Desk; readonly value?: unknown },
): Promise<Answer> {
  const read = parse(line, commands);
  if (read.kind !== "command") throw new Error(`${line} is ${read.kind}`);
  const { command, given } = read;
  if (command.kind === "desk") return await command.answer(has.desk ?? deskWith(), context, given);
  return command.answer(has.value as never, context, given);
}
