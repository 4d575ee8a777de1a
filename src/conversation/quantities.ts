/** Sizes and durations as people write them, in both languages, and back again without loss. */
import type { Language } from "../chat/port.ts";
import { fold } from "./words.ts";

const decimal = { k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15 } as const;
const binary = { ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30, ti: 2 ** 40, pi: 2 ** 50 } as const;

const sizeUnits: ReadonlyMap<string, number> = new Map([
  ...["b", "o", "byte", "bytes", "octet", "octets"].map((unit) => [unit, 1] as const),
  ...Object.entries({ ...decimal, ...binary }).flatMap(([unit, factor]) =>
    ["", "b", "o"].map((suffix) => [unit + suffix, factor] as const),
  ),
]);

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const durationUnits: ReadonlyMap<string, number> = new Map([
  ...["s", "sec", "second", "seconds", "seconde", "secondes"].map((unit) => [unit, second] as const),
  ...["m", "min", "mn", "minute", "minutes"].map((unit) => [unit, minute] as const),
  ...["h", "hour", "hours", "heure", "heures"].map((unit) => [unit, hour] as const),
  ...["d", "j", "day", "days", "jour", "jours"].map((unit) => [unit, day] as const),
  ...["w", "sem", "week", "weeks", "semaine", "semaines"].map((unit) => [unit, 7 * day] as const),
]);

/** Bytes; undefined where it is no size. `5G`, `5GB` and `5 Go` are decimal, `5GiB` and `5 Gio` binary. A unit must stand there. */
export function readSize(words: string): number | undefined {
  return sum(words, sizeUnits, 1);
}

/** Milliseconds, in whole seconds; undefined where it is no duration. `90m`, `2 h`, `7j`, `1h30m`. */
export function readDuration(words: string): number | undefined {
  return sum(words, durationUnits, second);
}

/** The shortest exact form in one unit. */
export function printSize(bytes: number, language: Language): string {
  const suffix = language === "fr" ? "o" : "B";
  const units = Object.entries({ ...decimal, ...binary }).sort(([, a], [, b]) => b - a);
  const [unit, factor] = units.find(([, one]) => bytes >= one && bytes % one === 0) ?? ["", 1];
  const letters = unit === "k" ? unit : unit.charAt(0).toUpperCase() + unit.slice(1);
  return `${bytes / factor}${letters}${suffix}`;
}

/** The shortest exact form in one unit. */
export function printDuration(ms: number, language: Language): string {
  const units = [
    [language === "fr" ? "j" : "d", day],
    ["h", hour],
    ["min", minute],
  ] as const;
  const [unit, factor] = units.find(([, one]) => ms >= one && ms % one === 0) ?? ["s", second];
  return `${ms / factor}${unit}`;
}

function sum(words: string, units: ReadonlyMap<string, number>, grain: number): number | undefined {
  const folded = fold(words.slice(0, 40));
  if (words.length > 40 || !/^(?:\d+(?:[.,]\d+)?\s*[a-z]+\s*)+$/u.test(folded)) return undefined;
  let total = 0;
  for (const [, number, unit] of folded.matchAll(/(\d+(?:[.,]\d+)?)\s*([a-z]+)/gu)) {
    const factor = units.get(unit ?? "");
    if (factor === undefined) return undefined;
    total += Number(number?.replace(",", ".")) * factor;
  }
  const rounded = Math.round(total / grain) * grain;
  return Number.isSafeInteger(rounded) && Math.abs(rounded - total) < 1e-3 * grain ? rounded : undefined;
}
