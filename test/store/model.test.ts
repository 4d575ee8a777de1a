/** Random sequences of calls against a plain model in memory; closing and opening again must change nothing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openStore } from "../../src/store/sqlite.ts";
import type { OutboxEntry, RequestState, Store } from "../../src/store/store.ts";
import { final, inThread, progress, wordsOf } from "./messages.ts";

const states: readonly RequestState[] = ["received", "answered", "accepted", "planned", "applying", "done", "late"];
const onTheWay: readonly RequestState[] = ["received", "accepted", "planned", "applying"];

type ModelPost = {
  readonly request: number;
  readonly thread: string;
  readonly purpose: "final" | "progress";
  words: string;
  due: number;
  attempt: number;
  rejections: number;
  tries: number;
  parts: readonly string[];
  state: "waiting" | "delivered" | "gone";
  event: string | undefined;
  /** Given out under its present key. */
  given: boolean;
  id: number | undefined;
};
type ModelRequest = {
  readonly event: string;
  readonly thread: string;
  state: RequestState;
  readonly history: string[];
};
type Model = { readonly requests: ModelRequest[]; posts: ModelPost[]; keys: Map<string, string> };
type Real = { file: string; store: Store };
type Command = fc.Command<Model, Real>;

const now = 1_000;
const atNumber = (model: Model, number: number): ModelRequest | undefined => model.requests[number - 1];

/** The first waiting post of each thread, as far as it is due, in their order. */
function dueIn(model: Model): ModelPost[] {
  const threads = new Set<string>();
  return model.posts.filter((post) => {
    if (post.state !== "waiting" || threads.has(post.thread)) return false;
    threads.add(post.thread);
    return post.due <= now;
  });
}

function queueIn(model: Model, number: number, purpose: "final" | "progress", words: string): void {
  const request = atNumber(model, number);
  if (request === undefined) return;
  const progressing = model.posts.filter(
    (post) => post.request === number && post.purpose === "progress" && post.state === "waiting",
  );
  const unseen = progressing.find((post) => !post.given);
  if (purpose === "progress" && !onTheWay.includes(request.state)) return;
  if (purpose === "progress" && unseen !== undefined) {
    unseen.words = words;
    unseen.parts = [];
    return;
  }
  if (purpose === "final") for (const post of progressing) post.state = "gone";
  const fresh = {
    due: 0,
    attempt: 0,
    rejections: 0,
    tries: 0,
    parts: [],
    state: "waiting",
    event: undefined,
    given: false,
    id: undefined,
  } as const;
  model.posts.push({ request: number, thread: request.thread, purpose, words, ...fresh });
}

/** The event that a progress post edits: that of its round's first one. */
function editedBy(model: Model, post: ModelPost): string | undefined {
  if (post.purpose === "final") return undefined;
  const before = model.posts.slice(0, model.posts.indexOf(post)).filter(({ request }) => request === post.request);
  const round = before.slice(before.findLastIndex(({ purpose }) => purpose === "final") + 1);
  return round.find(({ event }) => event !== undefined)?.event;
}

/** Takes the due posts from both, compares them, and pairs them by their ids. */
function compareDue(model: Model, store: Store): readonly { readonly entry: OutboxEntry; readonly post: ModelPost }[] {
  const entries = store.due(now, 100);
  const posts = dueIn(model);
  expect(
    entries.map((entry) => [
      [entry.request.number, wordsOf(entry.post), entry.edits, entry.again, entry.parts],
      [entry.attempt, entry.rejections, entry.tries],
    ]),
  ).toEqual(
    posts.map((post) => [
      [post.request, post.words, editedBy(model, post), post.given, post.parts],
      [post.attempt, post.rejections, post.tries],
    ]),
  );
  return entries.map((entry, index) => {
    const post = posts[index];
    if (post === undefined) throw new Error("compared above");
    post.given = true;
    expect(post.id ?? entry.id).toBe(entry.id);
    post.id = entry.id;
    const told = `${post.purpose} ${entry.id}.${entry.attempt} ${post.words}`;
    // A key never says two things.
    expect(model.keys.get(entry.key) ?? told).toBe(told);
    model.keys.set(entry.key, told);
    return { entry, post };
  });
}

function command(name: string, run: (model: Model, real: Real) => void): Command {
  return { check: () => true, run, toString: () => name };
}

const accept = fc.record({ event: fc.nat(6), thread: fc.nat(2) }).map(({ event, thread }) =>
  command(`accept $${event} in $t${thread}`, (model, { store }) => {
    const known = model.requests.findIndex((request) => request.event === `$${event}`) + 1;
    const { request, fresh } = store.accept(inThread(`$${event}`, `$t${thread}`), now);
    expect(fresh).toBe(known === 0);
    if (known === 0) {
      model.requests.push({ event: `$${event}`, thread: `$t${thread}`, state: "received", history: ["received"] });
    }
    expect(request.number).toBe(known === 0 ? model.requests.length : known);
  }),
);

const aState = fc.constantFrom(...states);
const advance = fc
  .record({
    number: fc.integer({ min: 1, max: 7 }),
    from: aState,
    to: aState,
    fits: fc.boolean(),
    words: fc.option(fc.nat(99)),
  })
  .map(({ number, from, to, fits, words }) =>
    command(`advance ${number} ${fits ? "(its state)" : from} → ${to}, ${words ?? "no post"}`, (model, { store }) => {
      const request = atNumber(model, number);
      const supposed = fits ? (request?.state ?? from) : from;
      const posts = words === null ? [] : [final(`f${words}`)];
      expect(store.advance(number, supposed, to, { event: to, posts }, now)).toBe(request?.state === supposed);
      if (request?.state !== supposed) return;
      request.state = to;
      request.history.push(to);
      if (words !== null) queueIn(model, number, "final", `f${words}`);
    }),
  );

const note = fc.record({ number: fc.integer({ min: 1, max: 7 }), words: fc.nat(99) }).map(({ number, words }) =>
  command(`note ${number} p${words}`, (model, { store }) => {
    const request = atNumber(model, number);
    if (request === undefined) return void expect(() => store.note(number, "progress", {}, [], now)).toThrow();
    store.note(number, "progress", {}, [progress(`p${words}`)], now);
    request.history.push("progress");
    queueIn(model, number, "progress", `p${words}`);
  }),
);

const look = fc.constant(command("look", (model, { store }) => void compareDue(model, store)));

/** An outcome of one of those that are due; `interrupted` comes when the request has got its answer meanwhile. */
const outcome = fc
  .record({
    which: fc.nat(3),
    kind: fc.constantFrom("delivered", "postponed", "postponed long", "renewed", "rejected", "given up"),
    interrupted: fc.boolean(),
    parts: fc.option(fc.array(fc.constantFrom("$p", "$q"), { maxLength: 2 }), { nil: undefined }),
  })
  .map(({ which, kind, interrupted, parts }) =>
    command(`${kind} (${which})${interrupted ? ", interrupted" : ""}, ${parts ?? "no parts"}`, (model, { store }) => {
      const due = compareDue(model, store);
      const chosen = due[which % Math.max(1, due.length)];
      if (chosen === undefined) return;
      const { entry, post } = chosen;
      const request = atNumber(model, post.request);
      if (interrupted && request !== undefined) {
        store.advance(post.request, request.state, "done", { event: "done", posts: [final("end")] }, now);
        request.state = "done";
        request.history.push("done");
        queueIn(model, post.request, "final", "end");
      }
      const waits = post.state === "waiting";
      if (kind === "delivered") {
        store.delivered(entry.id, `$e${entry.id}`, now);
        Object.assign(post, { state: "delivered", event: `$e${entry.id}` });
        if (post.purpose === "final") request?.history.push("delivered");
      } else if (kind === "given up") {
        store.reject(entry.id, now, "no", true, parts);
        if (waits) post.state = "gone";
        if (waits && post.purpose === "final") request?.history.push("undeliverable");
      } else if (kind === "rejected" || kind === "renewed") {
        if (kind === "rejected") store.reject(entry.id, now, "no", false, parts);
        else store.renew(entry.id, now, "spent", parts);
        if (!waits) return;
        Object.assign(post, { attempt: post.attempt + 1, tries: 0, due: now, given: false });
        if (kind === "rejected") post.rejections += 1;
        post.parts = parts ?? post.parts;
      } else {
        const due = kind === "postponed" ? now : now + 5;
        store.postpone(entry.id, due, "?", parts);
        if (waits) Object.assign(post, { tries: post.tries + 1, due, parts: parts ?? post.parts });
      }
    }),
  );

const later = fc.constant(
  command("time passes", (model, { store }) => {
    // Whatever was postponed falls due: told to the store as another postponement, since the clock here stands still.
    for (const entry of store.due(now + 5, 100)) {
      const post = model.posts.find(({ id }) => id === entry.id);
      if (post !== undefined) post.given = true;
      else markGiven(model, entry);
      if (entry.due <= now) continue;
      store.postpone(entry.id, now, "?");
      if (post !== undefined) Object.assign(post, { tries: post.tries + 1, due: now });
    }
  }),
);

/** A post that was given out for the first time by `later`: the first of its thread. */
function markGiven(model: Model, entry: OutboxEntry): void {
  const post = model.posts.find(({ thread, state }) => state === "waiting" && thread === entry.request.venue.thread);
  if (post !== undefined) Object.assign(post, { given: true, id: entry.id });
}

const reopen = fc.constant(
  command("reopen", (model, real) => {
    real.store.close();
    real.store = openStore(real.file);
    // Nobody knows what the earlier run had sent.
    for (const post of model.posts) if (post.state === "waiting") post.given = true;
  }),
);

const compare = fc.constant(
  command("compare", (model, { store }) => {
    const all = store.requests({ limit: 100 }).toReversed();
    expect(all.map(({ eventId, state }) => [eventId, state])).toEqual(
      model.requests.map(({ event, state }) => [event, state]),
    );
    expect(store.unfinished()).toEqual(all.filter(({ state }) => onTheWay.includes(state)));
    for (const { number } of all) {
      expect(store.history(number).map(({ event }) => event)).toEqual(atNumber(model, number)?.history);
    }
    const heads = model.posts.filter(
      (post, index) =>
        post.state === "waiting" &&
        !model.posts.slice(0, index).some((one) => one.state === "waiting" && one.thread === post.thread),
    );
    const first = heads.length === 0 ? undefined : Math.min(...heads.map(({ due }) => due));
    expect(store.nextDue()).toBe(first);
  }),
);

test("the store does what a plain model does, whatever the order of calls", { timeout: 120_000 }, () => {
  const weighted = [accept, advance, advance, note, note, outcome, outcome, look, later, reopen, compare];
  fc.assert(
    fc.property(fc.commands(weighted, { maxCommands: 60, size: "max" }), (commands) => {
      const folder = mkdtempSync(join(tmpdir(), "manchot-model-"));
      const file = join(folder, "manchot.db");
      const real: Real = { file, store: openStore(file) };
      try {
        fc.modelRun(() => ({ model: { requests: [], posts: [], keys: new Map() }, real }), commands);
      } finally {
        real.store.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: Number(process.env.MANCHOT_MODEL_RUNS ?? 60) },
  );
});
