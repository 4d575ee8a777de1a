/** What the bot says, in the person's language: texts by Fluent, sizes, moments and durations by Intl. */
import { readFileSync } from "node:fs";
import { FluentBundle, FluentResource } from "@fluent/bundle";
import type { Language } from "../chat/port.ts";
import type { Say } from "../conversation/answer.ts";
import type { Context } from "../conversation/command.ts";

export const languages = ["fr", "en"] as const satisfies readonly Language[];

/** English with the 24-hour clock. */
const locales = { fr: "fr-FR", en: "en-GB" } as const;

const bundles: Readonly<Record<Language, FluentBundle>> = { fr: bundleOf("fr"), en: bundleOf("en") };

/** The texts of one language. An id that has no text is said as itself: a missing text must not keep an answer back. */
export function say(language: Language): Say {
  const bundle = bundles[language];
  return (id, values = {}) => {
    const pattern = bundle.getMessage(id)?.value;
    return pattern === undefined || pattern === null ? id : bundle.formatPattern(pattern, { ...values }, []);
  };
}

/** The range of a Date on either side of 1970, in milliseconds. */
const furthestMs = 8.64e15;

/** All that an answer needs to speak a language. `timezone` is an IANA name; an unknown one throws a RangeError. */
export function contextFor(of: {
  readonly request: number;
  readonly language: Language;
  readonly timezone: string;
}): Context {
  const { request, language, timezone } = of;
  const moments = new Intl.DateTimeFormat(locales[language], {
    dateStyle: "medium",
    timeStyle: "medium",
    timeZone: timezone,
  });
  return {
    request,
    language,
    troubles: [],
    say: say(language),
    size: (bytes) => size(language, bytes),
    duration: (ms) => duration(language, ms),
    // A peer may tell any number: the nearest moment that a date can be made of.
    moment: (ms) => moments.format(Math.max(-furthestMs, Math.min(furthestMs, ms))),
  };
}

const sizeUnits = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte", "petabyte"] as const;

/** Decimal units, at most one digit after the comma: "123,5 Go". */
function size(language: Language, bytes: number): string {
  let power = Math.min(sizeUnits.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  // 999,96 MB would be rounded to 1 000 MB.
  if (power < sizeUnits.length - 1 && Math.round((bytes / 1000 ** power) * 10) >= 10_000) power += 1;
  const unit = sizeUnits[power] ?? "byte";
  // English has no short word for bytes in Intl.
  const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 } as const;
  const words = new Intl.NumberFormat(locales[language], style).format(bytes / 1000 ** power);
  return words.replace(/ byte$/u, " B");
}

const durationUnits = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

/** The two largest units: "1 heure et 5 minutes". Under ten seconds with a tenth, under one in milliseconds. */
function duration(language: Language, ms: number): string {
  const amount = (unit: string, value: number): string =>
    new Intl.NumberFormat(locales[language], {
      style: "unit",
      unit,
      unitDisplay: "long",
      maximumFractionDigits: 1,
    }).format(value);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return amount("second", Math.round(ms / 100) / 10);
  let left = Math.round(ms / 1000) * 1000;
  const parts: string[] = [];
  for (const [unit, factor] of durationUnits) {
    const count = Math.floor(left / factor);
    left -= count * factor;
    if (count > 0) parts.push(amount(unit, count));
    // Days and seconds together would be a precision that nobody asked for.
    if (count > 0 && parts.length === 1) left = roundTo(left, factor);
    if (parts.length === 2) break;
  }
  return new Intl.ListFormat(locales[language] === "en-GB" ? "en" : "fr", { type: "conjunction" }).format(parts);
}

/** Rounds what follows the largest unit to the next smaller one, never up to the largest itself. */
function roundTo(left: number, largest: number): number {
  const next = durationUnits.find(([, factor]) => factor < largest)?.[1] ?? 1000;
  return Math.min(Math.round(left / next) * next, largest - next);
}

function bundleOf(language: Language): FluentBundle {
  // Isolating marks are invisible characters, which would be copied along with names.
  const bundle = new FluentBundle(locales[language], { useIsolating: false });
  const errors = bundle.addResource(
    new FluentResource(readFileSync(new URL(`./${language}.ftl`, import.meta.url), "utf8")),
  );
  if (errors.length > 0) throw new Error(`${language}.ftl: ${errors.map((error) => error.message).join("; ")}`);
  return bundle;
}
