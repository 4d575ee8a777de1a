/** The stand-in for a Pleroma server keeps to what the real one did. */
import { beforeAll, describe, expect, test } from "vitest";
import { recording } from "../../rig/pleroma/recordings.ts";
import type { Basis } from "../../rig/pleroma/routes.ts";
import { table } from "../../rig/pleroma/table.ts";
import { replay, steps, streamed } from "./replay.ts";

/** Where the stand-in may differ from the recording, and why. Each must be seen, or it is to go. */
const accepted: readonly { readonly recordings: readonly string[]; readonly where: RegExp; readonly why: string }[] = [
  {
    recordings: ["020", "022", "023", "025"],
    where: /\.status\.content: .*<strong>there<\/strong>/u,
    why: "a first post was in Markdown, which the stand-in does not render: it is said in plain text",
  },
  {
    recordings: ["037", "034"],
    where: /content: .*<strong>x<\/strong>/u,
    why: "033 was in Markdown: it is said in plain text",
  },
  {
    recordings: ["069"],
    where: /\[3\]\.status\.poll: object became null/u,
    why: "057 was a poll, which the stand-in does not have: it is said without",
  },
];

describe("the recorded requests are answered as they were", () => {
  let found: ReadonlyMap<string, readonly string[]> = new Map();
  beforeAll(async () => {
    found = await replay();
  });

  test.each([...steps.filter((step) => typeof step === "string"), ...streamed])("%s", (number) => {
    const allowed = accepted.filter((one) => one.recordings.includes(number));
    const differences = found.get(number);
    expect(differences?.filter((one) => !allowed.some(({ where }) => where.test(one)))).toEqual([]);
    for (const { where } of allowed) expect(differences).toContainEqual(expect.stringMatching(where));
  });
});

describe("each row of the table rests on its recordings", () => {
  test.each(table)("$method $route", (row) => {
    for (const number of numbersOf(row.basis)) {
      const { request } = recording(number);
      expect(request.method).toBe(row.method);
      expect(pathOf(request.path)).toMatch(patternOf(row.route));
    }
    for (const [name, taken] of Object.entries(row.query ?? {})) {
      for (const number of numbersOf(taken.basis)) {
        const { request } = recording(number);
        expect(pathOf(request.path)).toMatch(patternOf(row.route));
        const value = new URLSearchParams(request.path.split("?")[1]).get(name);
        expect(taken.schema.safeParse(value).success, `${name} in ${number}`).toBe(true);
      }
    }
    for (const [name, taken] of Object.entries(row.body ?? {})) {
      for (const number of numbersOf(taken.basis)) {
        const { request } = recording(number);
        expect(pathOf(request.path)).toMatch(patternOf(row.route));
        expect(request.method).toBe(row.method);
        expect(keysOf(request.body), number).toContain(name);
      }
    }
  });

  test("what rests on no recording is known", () => {
    const without = table.flatMap(({ method, route, basis, query, body }) => {
      const taken = Object.entries({ ...query, ...body }).filter(([, one]) => "assumed" in one.basis);
      const call = `${method} ${route}`;
      return [...("assumed" in basis ? [call] : []), ...taken.map(([name]) => `${call} ${name}`)];
    });
    expect(without).toEqual([
      "POST /oauth/token scope",
      "PATCH /api/v1/accounts/update_credentials accepts_chat_messages",
      "GET /api/v1/accounts/:id",
      "PUT /api/v1/statuses/:id spoiler_text",
      "PUT /api/v1/statuses/:id language",
    ]);
  });
});

function numbersOf(basis: Basis): readonly string[] {
  return "recording" in basis ? basis.recording.split(" ") : [];
}

function pathOf(path: string): string {
  return path.split("?")[0] ?? "";
}

function patternOf(route: string): RegExp {
  return new RegExp(`^${route.replace(/:\w+/gu, "[^/]+").replaceAll(".", "\\.")}$`, "u");
}

/** The keys of a body, one that was sent as a form among them. */
function keysOf(body: unknown): readonly string[] {
  if (typeof body === "string") return [...body.matchAll(/(\w+)=/gu)].map((found) => found[1] ?? "");
  return Object.keys(body ?? {});
}
