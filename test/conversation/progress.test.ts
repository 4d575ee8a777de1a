/** What a change that takes its time is told to wait for, and for whom: as far as the reader may know. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { progressAnswer, progressOf, progressStates } from "../../src/conversation/progress.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { contextFor } from "../../src/languages/index.ts";
import type { Operation } from "../../src/protocol/plan.ts";
import type { Request } from "../../src/store/store.ts";
import { type InProcess, startInProcess } from "../rig/in-process.ts";

const en = contextFor({ request: 41, language: "en", timezone: "Europe/Paris" });
const fr = contextFor({ request: 41, language: "fr", timezone: "Europe/Paris" });
const operation: Operation = { id: "", do: "zfs.snapshot", state: "queued", step: 1, steps: 2 };

describe.each([
  ["en", en],
  ["fr", fr],
] as const)("progress says what is waited for, in %s", (_, context) => {
  test.each(progressStates)("%s", (state) => {
    const bare = plain(progressAnswer({ state }, context));
    expect(bare).toMatch(/^… #41 .{20}/u);
    expect(bare).not.toMatch(/none|progress-|undefined|\{/u);
  });

  test("with until when, how far, and who", () => {
    const queued = { ...operation, queuedUntil: 3600 };
    expect(plain(progressAnswer({ state: "queued", operation: queued }, context))).toContain("02:00:00");
    expect(plain(progressAnswer({ state: "running", operation }, context))).toMatch(/1 (of|sur) 2/u);
    expect(plain(progressAnswer({ state: "running", operation: { ...operation, steps: 0 } }, context))).not.toContain(
      "0",
    );
    expect(plain(progressAnswer({ state: "paused", resumers: ["Zélie", "Omar"] }, context))).toContain("Zélie, Omar");
    const shutting = { ...operation, progress: { state: "in shutdown", until: 7200 } } as const;
    const told = plain(progressAnswer({ state: "shutting", operation: shutting }, context));
    expect(told).toContain("03:00:00");
    expect(told).toMatch(/shutting down|en cours d’arrêt/u);
    const others = ["a", "b", "c", "d", "e"];
    expect(plain(progressAnswer({ state: "waiting", others }, context))).toMatch(
      /a; b; c ?, (and 2 more|et 2 de plus)/u,
    );
  });

  test("a cancel that came too late is told while it goes on", () => {
    const cancelAsked = { by: "yann", at: 1 };
    const lines = (more: Partial<Operation>) =>
      plain(progressAnswer({ state: "running", operation: { ...operation, cancelAsked, ...more } }, context)).split(
        "\n",
      );
    expect(lines({ whole: true })[1]).toMatch(/carried through|va à son terme/u);
    expect(lines({})).toHaveLength(1);
  });
});

let rig: InProcess;
beforeAll(async () => {
  rig = await startInProcess();
});
afterAll(() => rig?.stop());

/** A change of somebody's, as the bot keeps it; nothing of it is carried out. */
function asked(person: string, more: Partial<Request> = {}): Request {
  const { eventId } = rig.deliver("whoami", { account: person, label: person });
  const request = rig.bot.parts.store.requests({ limit: 5 }).find((one) => one.eventId === eventId);
  if (request === undefined) throw new Error("not received");
  return { ...request, ...more };
}

async function ofPerson(person: string): Promise<number> {
  const { number } = asked(person);
  await rig.bot.idle();
  return number;
}

const waitingFor = (request: Request, ...others: NonNullable<Operation["waitingFor"]>): string =>
  plain(progressOf(rig.bot.parts, request, { operation: { ...operation, waitingFor: others } }).answer);

test("an admin is told who asked for what is in the way, where requests may be spoken of", async () => {
  const [theirs, own] = [await ofPerson("zelie"), await ofPerson("omar")];
  const request = asked("omar");
  expect(waitingFor(request, { request: theirs, person: "zelie" })).toContain(`#${theirs}, asked by Zélie. It goes`);
  expect(waitingFor(request, { request: own, person: "omar" })).toContain(`#${own}, which you asked for yourself`);
  expect(waitingFor(request, { request: 0, person: "root" })).toContain("at the host’s own terminal");
  // A number that another life of this bot gave to somebody else.
  expect(waitingFor(request, { request: theirs, person: "omar" })).toContain(`#${theirs}, asked by another admin`);
  expect(waitingFor(request, { request: theirs, person: "gone" })).toContain(`#${theirs}, asked by somebody else`);
});

test("in public on the Fediverse, and to whoever is no admin, nobody is named", async () => {
  const number = await ofPerson("zelie");
  const venue = {
    network: "fediverse",
    place: "p",
    thread: "t",
    direct: false,
    encrypted: false,
    local: true,
  } as const;
  const inPublic = asked("omar", { venue: { ...venue, visibility: "public" } });
  const told = waitingFor(inPublic, { request: number, person: "zelie" });
  expect(told).toContain(`#${number}, asked by another admin`);
  expect(told).not.toContain("Zélie");
  const toMember = waitingFor(asked("ines"), { request: number, person: "zelie" });
  expect(toMember).toContain(`#${number}, asked by somebody else`);
  expect(toMember).not.toContain("Zélie");
  await rig.bot.idle();
});

test("while changes are paused it says who may let them go again", async () => {
  const request = asked("omar");
  const { answer, detail } = progressOf(rig.bot.parts, request, { operation: { ...operation, paused: true } });
  expect(plain(answer)).toContain("Who may: Omar, Zélie.");
  expect(detail).toEqual({ state: "paused" });
});

test("it is told anew once something has moved, and not because a clock wavers", () => {
  const request = asked("omar");
  const mark = (more: Partial<Operation>) =>
    progressOf(rig.bot.parts, request, { operation: { ...operation, ...more } }).mark;
  expect(mark({ queuedUntil: 3600 })).toBe(mark({ queuedUntil: 3601 }));
  const marks = [
    mark({}),
    mark({ step: 2 }),
    mark({ queuedUntil: 1 }),
    mark({ paused: true }),
    mark({ waitingFor: [{ request: 1, person: "zelie" }] }),
    mark({ waitingFor: [{ request: 2, person: "zelie" }] }),
    mark({ progress: { state: "running", until: 9 } }),
    mark({ progress: { state: "in shutdown", until: 9 } }),
    mark({ cancelAsked: { by: "zelie", at: 1 }, whole: true }),
  ];
  expect(new Set(marks).size).toBe(marks.length);
});
