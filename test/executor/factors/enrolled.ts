/** A host's file of factors, as root would have it, with what the persons themselves hold. */
import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Rules } from "../../../src/executor/executor.ts";
import { codeAt, stepAt, toBase32 } from "../../../src/executor/factors/totp.ts";
import type { Plan } from "../../../src/protocol/plan.ts";
import { Simulator } from "../../../src/simulator/simulator.ts";
import { type Bench, startBench, temporaryFolder } from "../bench.ts";
import { origin, type Peer } from "../peer.ts";
import { type Key, makeKey } from "./keys.ts";

export type Person = {
  readonly secret: Buffer;
  readonly key: Key;
  /** The code at a moment, in milliseconds; `by`: so many steps later. */
  code(now: number, by?: number): string;
};

export function makePerson(): Person {
  const secret = randomBytes(20);
  return { secret, key: makeKey(), code: (now, by = 0) => codeAt(secret, stepAt(Math.floor(now / 1000)) + by) };
}

export function writeFactors(file: string, persons: Readonly<Record<string, Person>>): void {
  const written = Object.fromEntries(
    Object.entries(persons).map(([name, { secret, key }]) => [name, { totp: toBase32(secret), keys: [key.line] }]),
  );
  writeFileSync(file, JSON.stringify({ persons: written }), { mode: 0o640 });
  chmodSync(file, 0o640);
}

/** Somebody's secret or code in any of the texts. */
export function secretsIn(persons: readonly Person[], codes: readonly string[], ...texts: readonly string[]): string[] {
  const secrets = persons.flatMap(({ secret }) => [
    toBase32(secret),
    secret.toString("hex"),
    secret.toString("base64"),
  ]);
  const isThere = (word: string) =>
    texts.some((text) => new RegExp(`(?<![0-9A-Za-z])${word.replace(/[+/=]/g, "\\$&")}(?![0-9A-Za-z])`).test(text));
  return [...secrets, ...codes].filter(isThere);
}

export type Approving = {
  readonly bench: Bench;
  readonly zelie: Person;
  readonly yann: Person;
  readonly file: string;
  readonly state: string;
  /** Milliseconds; `back`: by how much it was set back, which the clock that nobody sets was not. */
  readonly clock: { now: number; back: number };
  readonly simulator: Simulator;
  /** The same executor, started again over the same state. */
  again(): Promise<Bench>;
};

/** An executor for which two persons are enrolled, under a clock that stands still. */
export async function approving(given: Partial<Pick<Rules, "host" | "limits">> = {}): Promise<Approving> {
  const folder = temporaryFolder();
  const [file, state] = [join(folder, "factors.json"), join(folder, "state")];
  const [zelie, yann] = [makePerson(), makePerson()];
  writeFactors(file, { zelie, yann });
  const clock = { now: 1_800_000_000_000, back: 0 };
  const simulator = new Simulator({ clock: () => clock.now, monotonic: () => clock.now + clock.back });
  const start = () => startBench({ rules: { factors: file, ...given }, simulator, state });
  return { bench: await start(), zelie, yann, file, state, clock, simulator, again: start };
}

/** A plan of class *disrupt*: to resume. */
export function planResume(peer: Peer, id: string = randomUUID(), person = "zelie"): Promise<Plan> {
  return peer.value<Plan>("plan", { id, do: "executor.resume", with: {}, origin: { ...origin, person } });
}

export const totp = (plan: Plan, by: string, code: string) => ({
  id: plan.id,
  hash: plan.hash,
  by,
  factor: { kind: "totp", code },
});

export const signed = (plan: Plan, by: string, signature: string) => ({
  id: plan.id,
  hash: plan.hash,
  by,
  factor: { kind: "signature", signature },
});
