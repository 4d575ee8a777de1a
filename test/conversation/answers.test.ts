import { describe, expect, test } from "vitest";
import {
  failureAnswer,
  faultAnswer,
  lateAnswer,
  refusalAnswer,
  unavailableAnswer,
} from "../../src/conversation/answers.ts";
import { plain } from "../../src/conversation/render/plain.ts";
import { contextFor } from "../../src/languages/index.ts";
import { type Failure, type FailureReason, failureReason } from "../../src/protocol/wire.ts";
import type { Request } from "../../src/store/store.ts";

const en = contextFor({ request: 41, language: "en", timezone: "Europe/Paris" });
const fr = contextFor({ request: 41, language: "fr", timezone: "Europe/Paris" });

describe.each(failureReason.options)("the failure %s", (reason) => {
  test.each([
    ["en", en],
    ["fr", fr],
  ] as const)("has its text in %s, with and without a name", (_, context) => {
    for (const detail of [{}, { target: "web" }]) {
      const [first = ""] = plain(failureAnswer({ reason, detail }, context)).split("\n");
      expect(first.length).toBeGreaterThan(40);
      expect(first).not.toContain("failure-");
      expect(first).not.toContain("{");
    }
  });
});

test("a failure shows every detail that the executor gave", () => {
  const detail = { target: "wbe", near: ["web", "web-data"], words: "dataset does not exist", code: 1, empty: "" };
  expect(plain(failureAnswer({ reason: "unknown-target", detail }, en)).split("\n")).toEqual([
    "✘ There is no VM or dataset called “wbe” on the host. Nothing was done. “vm list” shows the VMs.",
    "Similar names: web, web-data.",
    "The host’s own words:",
    "dataset does not exist",
    "- exit code: 1",
    "“why #41” tells the whole story.",
  ]);
});

test("what a failure's details are is told in the person's words", () => {
  const told = (reason: FailureReason, detail: Failure["detail"], context: typeof en) =>
    plain(failureAnswer({ reason, detail }, context))
      .replace(/[\u00a0\u202f]/gu, " ")
      .split("\n");
  expect(told("already-so", { vm: "web", state: "shut off" }, en)).toContain("- state: off");
  expect(told("already-so", { vm: "web", autostart: "on" }, fr)).toContain("- démarre avec l’hôte : oui");
  expect(told("wrong-state", { vm: "web", state: "running" }, fr)).toContain("- état : en marche");
  expect(told("too-late", { state: "running" }, fr)).toContain("- état : en cours");
  expect(told("still-running", { vm: "web", seconds: 300 }, en)).toContain("- time given: 5 minutes");
  expect(told("factor-wrong", { person: "zelie", kind: "totp" }, fr)).toContain("- genre : avec un code");
  expect(told("paused", { by: "zelie", since: 1_800_000_000 }, en)).toContain("- since: 15 Jan 2027, 09:00:00");
  expect(told("needs-approval", { wants: "one second factor", class: "disrupt" }, fr)).toEqual(
    expect.arrayContaining(["- demande : un second facteur", "- classe : perturbe"]),
  );
  expect(told("interrupted", { because: "its effect is gone" }, fr)).toContain("- car : son effet a disparu");
  expect(told("void", { because: "unknown-target" }, en)).toContain("- because: no such VM or dataset");
  // What nobody has a word for stands as the executor told it.
  expect(told("void", { because: "ebb and flow", "new-key": "x" }, en)).toEqual(
    expect.arrayContaining(["- because: ebb and flow", "- new-key: x"]),
  );
});

test.each(["unreachable", "untrusted", "incompatible"] as const)(
  "the executor is %s: told in both languages, with the reason",
  (kind) => {
    for (const context of [en, fr]) {
      const said = plain(unavailableAnswer({ kind, why: "ECONNREFUSED" }, context));
      expect(said).not.toContain("unavailable-");
      expect(said).toContain("ECONNREFUSED");
    }
  },
);

test("a changed identity is loud, and says that nothing was sent", () => {
  const said = (context: typeof en) => plain(unavailableAnswer({ kind: "untrusted", why: "" }, context));
  expect(said(en)).toContain("ATTENTION: the hypervisor’s identity has changed");
  expect(said(en)).toContain("I sent it nothing");
  expect(said(fr)).toContain("ATTENTION : l’identité de l’hyperviseur a changé");
});

test("a refusal gives the reason, the roles, and who can help", () => {
  const decision = {
    allowed: false,
    rules: ["no-strangers"],
    reason: { en: "You are a stranger.", fr: "Je ne vous connais pas." },
    roles: ["admin"],
  } as const;
  expect(plain(refusalAnswer(decision, fr, ["Zélie"])).split("\n")).toEqual([
    "⛔ Je ne vous connais pas.",
    "Ce serait permis au rôle : admin.",
    "Qui peut vous aider : Zélie.",
  ]);
  expect(plain(refusalAnswer({ ...decision, roles: [] }, en, []))).toBe("⛔ You are a stranger.");
});

const minute = 60_000;
const request: Request = {
  number: 41,
  network: "matrix",
  eventId: "$1",
  venue: { network: "matrix", place: "!room", thread: "$1", direct: false, encrypted: false },
  account: "@zelie:liberta.example",
  label: "Zélie",
  text: "snapshot web",
  language: undefined,
  sentAt: 100 * minute,
  receivedAt: 100 * minute,
  state: "received",
  person: "zelie",
  command: undefined,
  given: undefined,
  attempt: 0,
  operation: undefined,
  planHash: undefined,
  wants: undefined,
  endedAs: undefined,
};

test("a late change is kept, and can be run", () => {
  const late = { ...request, receivedAt: 164 * minute };
  // Intl binds a number to its unit by an unbreakable space.
  expect(
    plain(lateAnswer(late, 165 * minute, fr))
      .replaceAll("\u00a0", " ")
      .split("\n"),
  ).toEqual([
    "⚠ Ce message m’est parvenu 1 heure et 5 minutes après son écriture. Je l’ai gardé sans l’exécuter, car les choses ont pu changer.",
    "« lancer #41 » l’exécute maintenant.",
  ]);
  expect(plain(lateAnswer(request, 40 * minute, en))).toContain("dated 1 hour in the future");
});

test("a fault names the number to ask about", () => {
  expect(plain(faultAnswer(fr))).toContain("« pourquoi #41 »");
});
