/**
 * What the journal tells of factors: which time steps are spent, how many codes were wrong, and what the host's file held
 * when it was last looked at.
 */
import type { JournalRecord } from "../journal/record.ts";
import { approved, burnt, type FactorsChanged, factorsChanged, factorWrong } from "../journal/records.ts";

/**
 * So many wrong codes within so many seconds, and no code of that person is looked at for as long again. Whoever guesses
 * has three in a million each time: the second line keeps who goes on for days from coming near.
 */
const limits = [
  { wrong: 5, within: 15 * 60 },
  { wrong: 20, within: 24 * 3600 },
] as const;
const kept = 20;

export class FactorTally {
  /** By person and time step: the plan that it was spent on, or "" where it was burnt. Never forgotten. */
  readonly #spent = new Map<string, Map<number, string>>();
  readonly #wrong = new Map<string, number[]>();
  #seen: FactorsChanged = { persons: {}, added: [], removed: [] };

  /** What the host's file was known to hold at last. */
  get seen(): Pick<FactorsChanged, "persons" | "trouble"> {
    return this.#seen;
  }

  /** What a time step was spent on: a plan's id, "" for burnt, nothing where it is not spent. */
  spentOn(person: string, step: number): string | undefined {
    return this.#spent.get(person)?.get(step);
  }

  /** Until when no code of this person is looked at, in seconds since 1970, or nothing. */
  lockedUntil(person: string, now: number): number | undefined {
    const times = this.#wrong.get(person) ?? [];
    const last = times.at(-1) ?? 0;
    const ends = limits.map(({ wrong, within }) => {
      const first = times.at(-wrong);
      return first !== undefined && last - first < within ? last + within : 0;
    });
    const end = Math.max(...ends);
    return end > now ? end : undefined;
  }

  fold(record: JournalRecord): void {
    switch (record.kind) {
      case "approved": {
        const { by, steps = [] } = approved.parse(record.detail);
        this.#spend(by, steps, record.op ?? "");
        return;
      }
      case "burnt":
        for (const { person, steps } of burnt.parse(record.detail).spent) this.#spend(person, steps, "");
        return;
      case "factor-wrong": {
        const { by } = factorWrong.parse(record.detail);
        this.#wrong.set(by, [...(this.#wrong.get(by) ?? []), record.at].slice(-kept));
        return;
      }
      case "factors-changed":
        this.#seen = factorsChanged.parse(record.detail);
    }
  }

  /** The clock was set back to `at`: what came before it came before, and locks nobody out for longer. */
  setBack(at: number): void {
    for (const [person, times] of this.#wrong) {
      this.#wrong.set(
        person,
        times.map((time) => Math.min(time, at)),
      );
    }
  }

  #spend(person: string, steps: readonly number[], on: string): void {
    const own = this.#spent.get(person) ?? new Map<number, string>();
    for (const step of steps) own.set(step, on);
    this.#spent.set(person, own);
  }
}
