import { describe, expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { unknownAnswer } from "../../src/conversation/answers.ts";
import type { Desk } from "../../src/conversation/desk.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { parseFediverseAccount } from "../../src/people/fediverse-account.ts";
import type { HistoryEntry } from "../../src/store/store.ts";
import { deskWith, en, fr, noon, request, said } from "./fixtures.ts";

const few = deskWith({ permitted: () => commands.filter(({ name }) => name === "help" || name === "whoami") });

describe("help", () => {
  test("where more is possible is said, and only there", async () => {
    const more = deskWith({ permitted: few.permitted, moreDirectly: () => true });
    expect((await said("help", en, { desk: more })).split("\n").at(-1)).toBe(
      "In a direct message I can do more for you than here.",
    );
    expect(await said("help", en, { desk: few })).not.toContain("direct message");
  });

  test("shows only what is permitted", async () => {
    expect((await said("help", en, { desk: few })).split("\n")).toEqual([
      "This is what you may ask of me here:",
      "Command         What it does",
      "help [command]  What I can do for you, or how one command is used",
      "whoami          Who you are to me, and what that lets you do",
      "“help <command>” tells more about one of them. French words are understood too.",
    ]);
  });

  test("one screen for one command", async () => {
    expect((await said("aide snap", fr, {})).split("\n")).toEqual([
      "Prendre un instantané de machines virtuelles ou de jeux de données",
      "Emploi : instantané <cible…> [note <…>] [récursif]",
      "- <cible…> : un ou plusieurs noms de machines virtuelles ou de jeux de données, chacun une fois, 50 au plus",
      "- note <…> : gardée avec l’instantané ; de préférence entre guillemets (facultatif)",
      "- récursif : avec tout ce qui se trouve sous chaque jeu de données (facultatif)",
      'Par exemple : instantané web note "avant mise à jour"',
      "Noms : snapshot, instantané, snap",
      "Elle change quelque chose sur l’hôte : c’est planifié, consigné et exécuté exactement une fois.",
    ]);
  });

  test.each(["snapshot", "vm list", "jobs"])(
    "%s, which is not permitted, is told as what does not exist is",
    async (name) => {
      const unknown = plain(unknownAnswer({ words: name.split(" ") }, few.permitted(), en));
      expect(await said(`help ${name}`, en, { desk: few })).toBe(unknown);
      expect(unknown).toBe(`⚠ I do not know “${name}”. “help” lists what I can do for you.`);
    },
  );
});

describe("whoami", () => {
  test("a person: roles, accounts, and how to ask for more", async () => {
    expect((await said("whoami", en, {})).split("\n")).toEqual([
      "You are Zélie (zelie).",
      "Your roles: admin.",
      "Accounts that I take for you:",
      "- matrix: @\u200bzelie:liberta.example",
      "Identities show in encrypted rooms only: ask there which one signed your device.",
      "To be allowed more, ask: Zélie, Amine.",
    ]);
  });

  const pinned = "https://social.example.org BChy9ZMaVg8Vx8tmTI https://social.example.org/users/zelie";
  const onFediverse = (direct: boolean) => {
    const common = { ...request.venue, network: "fediverse", direct } as const;
    const venue = { ...common, visibility: direct ? "direct" : "public" };
    return { ...request, network: "fediverse", account: pinned, label: "@zelie@social.example.org", venue } as const;
  };

  test("a stranger of the Fediverse: the line by which an admin can pin the account, to the letter", async () => {
    for (const [context, words] of [
      [en, "An admin can make you known with this line"],
      [fr, "Un·e admin peut vous présenter avec cette ligne"],
    ] as const) {
      const desk = { ...deskWith({ request: onFediverse(false) }), person: undefined };
      const lines = (await said("whoami", context, { desk })).split("\n");
      expect(lines[0]).toContain("@\u200bzelie@social.example.org");
      expect(lines[0]).toContain(words);
      expect(lines[1]).toBe(pinned);
      expect(parseFediverseAccount(lines[1] ?? "")).toMatchObject({ ok: true });
    }
  });

  test("on the Fediverse a person's accounts are told in private only", async () => {
    const inPublic = await said("whoami", en, { desk: deskWith({ request: onFediverse(false) }) });
    expect(inPublic).toContain("You are Zélie (zelie).");
    expect(inPublic).toContain("in a direct message only");
    expect(inPublic).not.toContain("liberta.example");
    const inPrivate = await said("whoami", en, { desk: deskWith({ request: onFediverse(true) }) });
    expect(inPrivate).toContain("- matrix: @\u200bzelie:liberta.example");
  });

  test("a stranger", async () => {
    const { person: _, ...rest } = deskWith();
    const said_ = await said("moi", fr, { desk: { ...rest, person: undefined } });
    expect(said_).toContain("(manchot.yaml, accounts, matrix)");
    expect(said_).toContain("demandez à : Zélie, Amine.");
  });
});

test("jobs are the changes, not the questions", async () => {
  const all = [
    request,
    { ...request, number: 40, state: "answered" as const },
    { ...request, number: 39, state: "late" as const, person: undefined },
  ];
  const requests: Desk["requests"] = (states, limit) =>
    all.filter(({ state }) => states.includes(state)).slice(0, limit);
  expect((await said("jobs", en, { desk: deskWith({ requests }) })).split("\n")).toEqual([
    "  #  State       Said          Who    When",
    "#41  done        snapshot web  zelie  23 Nov 2026, 12:00:01",
    "#39  late, kept  snapshot web  Zélie  23 Nov 2026, 12:00:01",
    "The last 200 at most. “why <number>” tells more.",
  ]);
  expect(await said("jobs", fr, {})).toBe("Aucun changement que vous puissiez voir.");
});

describe("why", () => {
  const history: readonly HistoryEntry[] = [
    { at: noon + 1000, event: "received", detail: {} },
    { at: noon + 1100, event: "accepted", detail: { command: "snapshot", rules: ["admins-may"] } },
    {
      at: noon + 1200,
      event: "planned",
      detail: {
        id: "6f1c2c58",
        hash: "0123456789abcdef".repeat(4),
        class: "add",
        expires: noon / 1000 + 1800,
        text: "host: liberta\nsteps: 1",
      },
    },
    { at: noon + 2000, event: "done", detail: { recovered: false, took: 2 } },
    { at: noon + 2100, event: "delivered", detail: { eventId: "$answer" } },
    { at: noon + 2200, event: "polished", detail: { deep: { a: [1] }, empty: [], none: null } },
  ];
  const read = (seq: number, code: number) => ({
    seq,
    at: noon / 1000 + 2,
    kind: "read",
    detail: { argv: ["/usr/sbin/zpool", "list"], code, ms: 12 },
  });
  const journal = async () => [
    {
      seq: 3,
      at: noon / 1000 + 1,
      kind: "planned",
      detail: { identity: "bot", plan: { id: "x" }, with: {}, basis: ["y"] },
    },
    read(4, 0),
    read(5, 0),
    read(6, 1),
    {
      seq: 7,
      at: noon / 1000 + 2,
      kind: "ran",
      detail: {
        argv: ["/usr/sbin/zfs", "snapshot", "-o", "manchot:note=avant l'été", "tank/web@1"],
        code: 0,
        ms: 1200,
        stderr: "",
      },
    },
    {
      seq: 8,
      at: noon / 1000 + 3,
      kind: "ended",
      detail: { state: "done", result: { snapshots: [{ name: "tank/web@1", guid: "7" }], consistency: "crash" } },
    },
  ];
  const desk = deskWith({ find: (number) => (number === 41 ? request : undefined), history: () => history, journal });

  test("the whole story", async () => {
    expect((await said("why #41", en, { desk })).split("\n")).toEqual([
      "#41: zelie (Zélie), account @\u200bzelie:liberta.example, on 23 Nov 2026, 12:00:00, on matrix (!ops:liberta.example), said:",
      "snapshot web",
      "How it stands: done.",
      "- 23 Nov 2026, 12:00:01 · received",
      "- 23 Nov 2026, 12:00:01 · accepted — command: snapshot, rules: admins-may",
      "- 23 Nov 2026, 12:00:01 · planned by the executor — plan: 6f1c2c58, hash: 0123456789ab…, class: adds only, expires: 23 Nov 2026, 12:30:00",
      "- 23 Nov 2026, 12:00:02 · done — took: 2 seconds",
      "- 23 Nov 2026, 12:00:02 · answer delivered — message: $answer",
      '- 23 Nov 2026, 12:00:02 · polished — deep: {"a":[1]}',
      "The executor’s plan, in its own words:",
      "host: liberta",
      "steps: 1",
      "What the executor recorded:",
      "- 23 Nov 2026, 12:00:01 · planned — identity: bot",
      "- 23 Nov 2026, 12:00:02 · looked at the host: 2 commands, which all ended well",
      "- 23 Nov 2026, 12:00:02 · looked at the host — command line: /usr/sbin/zpool list, exit code: 1, duration: 12 ms",
      "- 23 Nov 2026, 12:00:02 · command ended — command line: /usr/sbin/zfs snapshot -o 'manchot:note=avant l'\\''été' tank/web@1, exit code: 0, duration: 1.2 seconds",
      "- 23 Nov 2026, 12:00:03 · done — result: tank/web@1",
    ]);
  });

  test("a journal that cannot be read is told as that", async () => {
    const cut = { ...desk, journal: async () => undefined };
    expect(await said("pourquoi 41", fr, { desk: cut })).toContain(
      "Le journal de l’exécuteur ne peut pas être lu en ce moment.",
    );
  });

  test("what is not there and what may not be seen look the same", async () => {
    expect(await said("why 42", en, { desk })).toBe("⚠ There is no request #42 that you may see.");
  });
});

test("run", async () => {
  expect(await said("run #41", en, { desk: deskWith({ run: (number) => number === 41 }) })).toBe(
    "#41 goes on. Its answer comes where it was asked for.",
  );
  expect(await said("lancer 42", fr, {})).toBe("⚠ Vous n’avez pas de changement en retard sous le numéro #42.");
});

test("more", async () => {
  const page = { blocks: [{ kind: "list", items: ["x"] } as const], left: 2 };
  expect(await said("suite", fr, { desk: deskWith({ more: () => page }) })).toBe(
    "- x\n… et encore 2 lignes : « suite » les montre.",
  );
  expect(await said("more", en, { desk: deskWith({ more: () => ({ ...page, left: 0 }) }) })).toBe("- x");
  expect(await said("more", en, {})).toBe("⚠ There is nothing more to show here.");
});
