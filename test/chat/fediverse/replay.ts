/** Says to the stand-in what was said to the real server, in the order in which it was, and compares the answers. */
import { type Pleroma, startPleroma } from "../../rig/pleroma/pleroma.ts";
import { recordedOrigin, recording } from "../../rig/pleroma/recordings.ts";
import { type Frame, framesDiffer, listen, recordedFrames } from "./frames.ts";
import { differences, Ids } from "./same.ts";

/** Headers of an answer that the bot could lean on. */
const headers = ["content-type", "link", "idempotency-key", "idempotent-replayed"];

type Step = string | ((pleroma: Pleroma, ids: Ids) => unknown);

const word = (id: string | undefined): string => id ?? "an id that was not learnt";

/** The recordings, in their order, with what happened in between and is not served put in by other means. */
export const steps: readonly Step[] = [
  ...["001", "002", "003", "004", "264", "266", "265", "122", "123"],
  (pleroma, ids) => {
    for (const [id, name] of Object.entries(users)) ids.bind(id, pleroma.user(name).id);
    ids.bind("BChyB4HxP1QkoJes88", pleroma.say("alice", "@bot hello there").id);
  },
  ...["006", "008", "009", "010"],
  (pleroma) => {
    pleroma.follow("bot", "alice");
    pleroma.follow("alice", "bot");
  },
  ...["016", "018", "019", "020", "021", "022", "023", "024", "025"],
  // 026 is in Markdown, which is not served.
  (pleroma, ids) => {
    const made = pleroma.say("alice", "@bot bold and code", { visibility: "unlisted", spoiler: "a warning" });
    ids.bind("BChyWJ4GEM2czVp3BI", made.id);
  },
  ...["027", "028", "030", "031", "032"],
  (pleroma, ids) => {
    const parent = word(ids.ours("BChyW68OJgcYsYefJY"));
    const made = pleroma.say("bot", "@alice x y z", { visibility: "unlisted", inReplyTo: parent });
    ids.bind("BChyWVMQWdhd7KPjA8", made.id);
  },
  ...["035", "036", "037", "038", "040", "042", "043", "044", "046"],
  ...["047", "053", "054", "050", "051", "052", "055", "056"],
  (pleroma) => pleroma.say("alice", "@bot poll"),
  ...["061", "062", "063", "066", "067", "068", "069"],
  ...["080"],
  (pleroma, ids) => pleroma.delete(word(ids.ours("BChyWJ4GEM2czVp3BI"))),
  ...["083", "095", "084", "085", "086", "087", "088", "090", "100", "106", "108", "109", "110", "111"],
  ...["112", "113", "114", "115", "116", "117", "118", "119", "120", "124"],
  async (pleroma) => {
    const body = { status: "burst", visibility: "direct" };
    for (let n = 0; n < 15; n += 1) await asBob(pleroma, body);
  },
  ...["129", "131", "132"],
  // Set with a library, whose recordings are of another kind.
  (pleroma) => {
    pleroma.account("bot").displayName = "Bot";
  },
  ...["201", "206"],
  ...["207", "208", "209", "210", "211", "212", "213", "215", "216", "217", "218", "222", "223"],
  ...["232", "233", "235", "236", "240", "241"],
  (pleroma) => {
    pleroma.account("carol").disabled = true;
  },
  ...["254", "255"],
];

/** The accounts of the recordings. */
const users: Readonly<Record<string, string>> = {
  BChy9Cy4LQh4BjtySG: "bot",
  BChy9ZMaVg8Vx8tmTI: "alice",
  BChyAPDOdSWsaZ9Eem: "bob",
  BChzKyqTMiGd2s55LU: "carol",
};

/** The streams whose recordings are compared: as they are called there, whose they are, and what they carry. */
const streams = [
  { labels: ["bot-query", "bot"], user: "bot", name: "user" },
  { labels: ["bot-user:notification"], user: "bot", name: "user:notification" },
  { labels: ["carol"], user: "carol", name: "user" },
] as const;

/** What came over the streams, in the recordings that are compared. */
export const streamed = ["017", "034", "045", "064", "082", "214", "234", "237"] as const;

/** Replays everything, and gives what differed, by recording. */
export async function replay(): Promise<ReadonlyMap<string, readonly string[]>> {
  // So much between two calls that no limit is reached but by those that are made in between.
  let now = Date.parse("2026-11-22T13:44:49Z");
  const pleroma = await startPleroma({ users: Object.values(users), now: () => now });
  const ids = new Ids();
  const found = new Map<string, readonly string[]>();
  const known: Known = { id: "", secret: "", token: "" };
  const listening = await Promise.all(streams.map((one) => listen(pleroma, one.user, one.name)));
  try {
    for (const step of steps) {
      if (typeof step === "string") {
        if (step !== "129") now += 11_000;
        found.set(step, await replayed(pleroma, step, ids, known));
      } else await step(pleroma, ids);
    }
    await Promise.all(listening.map((one) => one.caughtUp()));
    const taken = new Set<Frame>();
    for (const number of streamed) {
      const all = streams.flatMap((stream, at) =>
        stream.labels.flatMap((label) =>
          framesDiffer(recordedFrames(number, label), listening[at]?.frames ?? [], ids, taken, pleroma.url, label),
        ),
      );
      found.set(number, all);
    }
  } finally {
    for (const one of listening) one.close();
    await pleroma.stop();
  }
  return found;
}

/** An app's secrets and a token that were given earlier in the replay. */
type Known = { id: string; secret: string; token: string };

async function replayed(pleroma: Pleroma, number: string, ids: Ids, known: Known): Promise<readonly string[]> {
  const { request, response } = recording(number);
  const token = tokenFor(number, request.headers.authorization, pleroma, known);
  const key = request.headers["idempotency-key"];
  const body = bodyFor(request.body, ids, known);
  const answer = await fetch(`${pleroma.url}${pathFor(request.path, ids)}`, {
    method: request.method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...(typeof body === "string" ? { "content-type": "application/json" } : {}),
    },
    ...(body === undefined ? {} : { body }),
  });
  const given: unknown = await answer.json();
  if (number === "264") {
    const app = given as { client_id: string; client_secret: string };
    Object.assign(known, { id: app.client_id, secret: app.client_secret });
  }
  if (number === "266") known.token = (given as { access_token: string }).access_token;
  const wanted = Object.fromEntries(headers.map((name) => [name, response.headers[name]]));
  const got = Object.fromEntries(headers.map((name) => [name, answer.headers.get(name) ?? undefined]));
  return [
    ...(answer.status === response.status ? [] : [`status: ${response.status} became ${answer.status}`]),
    ...differences(response.body, given, ids, pleroma.url, request.path.split("?")[0]),
    ...headers.flatMap((name) => headerDiffers(name, wanted[name], got[name], ids, pleroma.url)),
  ];
}

/** Links are the same where they hold the same ids. */
function headerDiffers(
  name: string,
  wanted: string | undefined,
  got: string | undefined,
  ids: Ids,
  origin: string,
): readonly string[] {
  const known = (text: string | undefined) =>
    text?.replace(/(?<=(?:max|min)_id=)(\d+)(?=&offset)/gu, (id) =>
      (ids.ours(`number ${id}`) ?? id).replace("number ", ""),
    );
  const expected = known(wanted)?.replaceAll(recordedOrigin, origin);
  const translated = expected === undefined ? undefined : ids.translated(expected);
  return translated === got ? [] : [`header ${name}: ${translated} became ${got}`];
}

function tokenFor(number: string, header: string | undefined, pleroma: Pleroma, known: Known): string | undefined {
  const who = /^Bearer <(\w+)>$/u.exec(header ?? "")?.[1];
  if (who === undefined) return undefined;
  if (who !== "other") return pleroma.user(who).token;
  if (number === "124") return pleroma.tokenFor("bot", "read");
  return number === "132" ? known.token : "no-such-token";
}

function pathFor(path: string, ids: Ids): string {
  return ids
    .translated(path)
    .replace(/(?<=\/notifications\/)\d+/u, (id) => bare(ids, "number", id))
    .replace(/(?<=\/media\/)\d+/u, (id) => bare(ids, "media", id));
}

function bare(ids: Ids, kind: string, id: string): string {
  return (ids.ours(`${kind} ${id}`) ?? id).replace(`${kind} `, "");
}

function bodyFor(recorded: unknown, ids: Ids, known: Known): string | FormData | undefined {
  if (recorded === null) return undefined;
  if (typeof recorded === "string") {
    if (!recorded.startsWith("multipart")) return recorded;
    const form = new FormData();
    const big = recorded.includes("17 000 000");
    form.set("file", new Blob([new Uint8Array(big ? 17_000_000 : 100)], { type: "image/png" }), "pic.png");
    const description = /description="([^"]*)"/u.exec(recorded)?.[1];
    if (description !== undefined) form.set("description", description);
    return form;
  }
  const body = JSON.parse(ids.translated(JSON.stringify(recorded))) as Record<string, unknown>;
  if (body.client_id !== undefined && body.client_id !== "x") body.client_id = known.id;
  if (body.client_secret !== undefined) body.client_secret = known.secret;
  if (body.token !== undefined) body.token = known.token;
  if (Array.isArray(body.media_ids)) body.media_ids = body.media_ids.map((id) => bare(ids, "media", String(id)));
  return JSON.stringify(body);
}

async function asBob(pleroma: Pleroma, body: object): Promise<void> {
  const answer = await fetch(`${pleroma.url}/api/v1/statuses`, {
    method: "POST",
    headers: { authorization: `Bearer ${pleroma.user("bob").token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`a post within the limit got ${answer.status}`);
}
