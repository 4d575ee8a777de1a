/**
 * SIGKILL at random moments while the clock jumps from start to start. The oracle: what was asked for once stands once, and
 * everything that was accepted has one end, whatever a bot that insists has said how often.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { JournalRecord } from "../../src/executor/journal/record.ts";
import { verifyFolder } from "../../src/executor/journal/verify.ts";
import type { Operation, Plan } from "../../src/protocol/plan.ts";
import { temporaryFolder } from "./bench.ts";
import { type Peer, planOf } from "./peer.ts";
import { startProcess } from "./process.ts";

const kills = Number(process.env.MANCHOT_KILLS ?? "25");
const seed = process.env.MANCHOT_SEED ?? "20261125";
const hour = 3600;
const ahead = [0, 0, 0, 1, hour / 4, hour, -hour, 366 * 24 * hour, -30 * 24 * hour];

let drawn = 0;
function random(): number {
  return createHash("sha256").update(`${seed} ${drawn++}`).digest().readUInt32BE() / 2 ** 32;
}

/** One thing that somebody asked for; each attempt has an id of its own, a new one only where the one before expired. */
type Wish = { readonly name: string; attempt: number; over: boolean };

const idOf = ({ name }: Wish, attempt: number) => {
  const hex = createHash("sha256").update(`${seed} ${name} ${attempt}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** What the bot does: plan, apply, and anew where that is too late. Its plans may be old, its number of the request too. */
async function insist(peer: Peer, wish: Wish, wait: boolean): Promise<void> {
  const id = idOf(wish, wish.attempt);
  const plan = await peer.value<Plan>("plan", planOf(id, ["tank/mail"]));
  if (random() < 0.3 && !wait) return;
  const { result, error } = await peer.call("apply", { id, hash: plan.hash });
  if (error?.data.reason === "expired") {
    wish.attempt++;
    return insist(peer, wish, wait);
  }
  if (result === undefined) throw new Error(JSON.stringify(error));
  const { state } = result.value as Operation;
  const end =
    state === "done" || state === "failed" ? (result.value as Operation) : wait ? await peer.end(id) : undefined;
  if (end !== undefined) wish.over = true;
  if (end !== undefined && end.state !== "done") throw new Error(JSON.stringify(end));
}

test(
  `${kills} kills and clock jumps (seed ${seed}): each wish stands once, each accepted operation has one end`,
  async () => {
    const folder = temporaryFolder();
    const wishes: Wish[] = [];
    const start = (by: number) => startProcess(folder, undefined, [`--ahead=${by}`, "--limit=100000"]);
    for (let round = 0; round < kills; round++) {
      const running = start(ahead[Math.floor(random() * ahead.length)] ?? 0);
      await running.peer.value("hello", { protocol: 1 });
      wishes.push({ name: `wish ${round}`, attempt: 0, over: false });
      const due = wishes.filter(({ over }, index) => !over && (index === round || random() < 0.3));
      void Promise.allSettled(due.map((wish) => insist(running.peer, wish, false)));
      await new Promise((resolve) => setTimeout(resolve, random() * 60));
      await running.kill();
    }
    const last = start(0);
    await Promise.all(wishes.map((wish) => insist(last.peer, wish, true)));
    await last.kill();

    const state = join(folder, "executor");
    const lines = readFileSync(join(state, "journal.jsonl"), "utf8").trimEnd().split("\n");
    const records = lines.map((line): JournalRecord => JSON.parse(line));
    const count = (kind: string, op: string) => records.filter((one) => one.kind === kind && one.op === op).length;
    const model = readFileSync(join(folder, "hypervisor", "hypervisor.json"), "utf8");
    const wrong = wishes.flatMap((wish) => {
      const attempts = Array.from({ length: wish.attempt + 1 }, (_, attempt) => idOf(wish, attempt));
      const stands = attempts.map((id) => model.split(id).length - 1);
      const ends = attempts.map((id) => count("ended", id));
      const accepted = attempts.map((id) => count("accepted", id));
      const one = (counts: number[]) => counts.reduce((sum, each) => sum + each, 0) === 1 && counts.at(-1) === 1;
      return one(stands) && one(accepted) && ends.every((each) => each === 1) ? [] : [{ wish, stands, accepted, ends }];
    });
    expect(wrong).toEqual([]);
    expect(verifyFolder(state).ok).toBe(true);
    const told = [...new Set(records.map(({ kind }) => kind))].map(
      (kind) => `${kind} ${records.filter((one) => one.kind === kind).length}`,
    );
    const recovered = records.filter(({ kind, detail }) => kind === "ended" && detail.recovered === true).length;
    const expired = records.filter(({ kind, detail }) => kind === "ended" && detail.state === "expired").length;
    console.log(`${told.join(", ")}; of the ends ${recovered} after a crash, ${expired} expired`);
  },
  30_000 + kills * 4000,
);
