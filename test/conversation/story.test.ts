/** The executor's journal in words: who decided what and how, what held still, what was refused; nothing of it raw. */
import { describe, expect, test } from "vitest";
import { commands } from "../../commands/index.ts";
import { print } from "../../src/conversation/print.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { historyBlock, journalBlock } from "../../src/conversation/story.ts";
import { contextFor } from "../../src/languages/index.ts";
import type { JournalEntry } from "../../src/protocol/plan.ts";

const en = contextFor({ request: 41, language: "en", timezone: "UTC" });
const fr = contextFor({ request: 41, language: "fr", timezone: "UTC" });
const web = "7f000000-0000-4000-8000-000000000001";

const entry = (kind: string, detail: JournalEntry["detail"]): JournalEntry => ({ seq: 1, at: 0, kind, detail });
const planned = entry("planned", { identity: "bot", plan: { targets: [{ kind: "vm", name: "web", id: web }] } });

/** One record's line without its moment, after the plan's. */
function told(kind: string, detail: JournalEntry["detail"], context: typeof en): string {
  const lines = plain({ tone: "facts", blocks: [journalBlock([planned, entry(kind, detail)], context)] }).split("\n");
  return (lines[1] ?? "").replace(/[\u00a0\u202f]/gu, " ").replace(/^.*? · /u, "");
}

test.each<[string, JournalEntry["detail"], string, string]>([
  [
    "approved",
    { identity: "bot", by: "zelie", kind: "signature", factor: "SHA256:abc" },
    "approved by zelie, with a signature — identity: bot, key: SHA256:abc",
    "approuvée par zelie, avec une signature — identité : bot, clé : SHA256:abc",
  ],
  [
    "approved",
    { identity: "host", by: "zelie", kind: "totp", factor: "mark", steps: [1, 2] },
    "approved by zelie, with a code — identity: host",
    "approuvée par zelie, avec un code — identité : host",
  ],
  [
    "approved",
    { identity: "host", by: "zelie", kind: "host", factor: "host" },
    "approved by zelie, at the host’s own terminal — identity: host",
    "approuvée par zelie, au terminal de l’hôte — identité : host",
  ],
  [
    "factor-wrong",
    { identity: "host", by: "yann" },
    "a wrong code was given as yann’s — identity: host",
    "un code faux a été donné pour yann — identité : host",
  ],
  [
    "cancel-asked",
    { identity: "bot", by: "yann" },
    "yann asked to cancel it — identity: bot",
    "yann a demandé de l’annuler — identité : bot",
  ],
  ["paused", { by: "zelie" }, "zelie stopped all changes", "zelie a suspendu tous les changements"],
  ["resumed", { by: "zelie" }, "zelie let changes go again", "zelie a relancé les changements"],
  [
    "holding",
    { holds: [{ vm: web, take: [], release: [] }], atMost: 60 },
    "the file systems of web are to rest, for 1 minute at most",
    "les systèmes de fichiers de web vont se mettre au repos, pour 1 minute au plus",
  ],
  [
    "hold-run",
    { argv: ["/usr/bin/virsh", "domfsfreeze", web], code: 0, ms: 12 },
    `asked the guest agent to freeze — command line: /usr/bin/virsh domfsfreeze ${web}, exit code: 0, duration: 12 ms`,
    `a demandé à l’agent invité de geler — ligne de commande : /usr/bin/virsh domfsfreeze ${web}, code de sortie : 0, durée : 12 ms`,
  ],
  ["released", { vm: web }, "web goes on: nothing of it is frozen any more", "web continue : plus rien n’y est gelé"],
  [
    "released",
    { vm: web, early: true },
    "web goes on, released before the step’s own end",
    "web continue, libérée avant la fin de l’étape",
  ],
  [
    "ended",
    { state: "denied", failure: { reason: "denied", detail: { by: "yann", through: "bot" } } },
    "denied by yann — through: bot",
    "refusée par yann — par l’accès : bot",
  ],
  [
    "ended",
    { state: "cancelled", failure: { reason: "cancelled", detail: { by: "yann", "steps-done": 1 } } },
    "called off by yann — steps done: 1",
    "annulée par yann — étapes faites : 1",
  ],
  ["ended", { state: "expired" }, "expired, never applied", "expirée, jamais appliquée"],
  [
    "ended",
    { state: "failed", failure: { reason: "still-running", detail: { vm: "web", seconds: 300 } } },
    "failed — reason: still running when its time was over, VM: web, time given: 5 minutes",
    "échouée — raison : tournait encore à la fin du délai, VM : web, temps laissé : 5 minutes",
  ],
  [
    "ended",
    { state: "failed", failure: { reason: "wrong-state", detail: { vm: "web", state: "paused" } } },
    "failed — reason: the VM’s state does not allow it, VM: web, state: paused",
    "échouée — raison : l’état de la machine virtuelle ne le permet pas, VM : web, état : en pause",
  ],
  [
    "refused",
    { identity: "bot", method: "approve", reason: "factor-wrong", detail: { person: "yann", kind: "signature" } },
    "refused — identity: bot, what was asked: to approve it, reason: the second factor does not fit, person: yann, kind: with a signature",
    "refusé — identité : bot, ce qui était demandé : l’approuver, raison : le second facteur ne convient pas, personne : yann, genre : avec une signature",
  ],
])("%s %j", (kind, detail, english, french) => {
  expect(told(kind, detail, en)).toBe(english);
  expect(told(kind, detail, fr)).toBe(french);
});

test("a kind of a newer executor is told as it is, with all that it holds", () => {
  expect(told("polished", { by: "yann", deep: { a: 1 } }, en)).toBe('polished — by: yann, deep: {"a":1}');
  expect(told("holding", { holds: "odd", atMost: 60 }, en)).toContain("are to rest");
  expect(told("ended", { state: "evaporated" }, en)).toBe("ended");
});

describe("the bot's own history", () => {
  const line = (event: string, detail: Readonly<Record<string, unknown>>, context: typeof en): string =>
    plain({ tone: "facts", blocks: [historyBlock([{ at: 0, event, detail }], context)] })
      .replace(/[\u00a0\u202f]/gu, " ")
      .replace(/^.*? · /u, "");

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ["progress", { state: "waiting", for: ["#41"] }, "waits for another change — for: #41"],
    ["progress", { state: "paused" }, "waits: changes are paused"],
    [
      "progress",
      { state: "shutting", vm: "in shutdown", until: 7200 },
      "under way: the VM shuts down — VM: shutting down, until: 1 Jan 1970, 02:00:00",
    ],
    ["progress", { state: "of tomorrow" }, "under way — state: of tomorrow"],
    [
      "code-burnt",
      { by: "zelie", burnt: 1, run: 45 },
      "a code was said here; it is useless now, and approved nothing — by: zelie, codes made useless: 1, by request: #45",
    ],
    ["approval-wanted", { wants: "one second factor" }, "waits for approvals — wants: one second factor"],
    ["applied", { state: "queued" }, "handed to the executor — state: waiting its turn"],
    [
      "failed",
      { reason: "already-so", vm: "web", autostart: "on" },
      "failed — reason: it was so already, VM: web, starts with the host: yes",
    ],
  ])("%s %j", (event, detail, told) => {
    expect(line(event, detail, en)).toBe(told);
    // In French no word of English is left but names.
    expect(line(event, detail, fr)).not.toMatch(/waits|under way|useless|queued|shutdown|already-so|factor/u);
  });
});

test("the duration of a shutdown is said back as it was read", () => {
  const stop = commands.find(({ name }) => name === "vm stop");
  if (stop === undefined) throw new Error("no vm stop");
  expect(print(stop, { vm: "web", within: 300_000 }, "fr")).toBe("vm arrêter web sous 5min");
});
