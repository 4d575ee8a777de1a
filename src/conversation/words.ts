/**
 * From a line of text to words. No shell: no variables, no operators, no globs; only whitespace and quotes mean anything.
 * One pass over the line, so the work grows with its length and no faster.
 */

/** The longest message that is read, in UTF-16 code units. A longer one is refused whole, never cut: half a command is another command. */
export const maximumText = 2000;

export type Word = {
  readonly text: string;
  /** How much of `text` stood outside quotes: all of it, the `note=` of `note="…"`, or nothing. */
  readonly bare: number;
  readonly quoted: boolean;
  /** Where the word begins in the line. */
  readonly start: number;
};

/** `quote`: one is never closed. `after-quote`: something is glued to a closing one. */
export type Unreadable = "too-long" | "bidi" | "control" | "quote" | "after-quote";

export type Words =
  | { readonly ok: true; readonly line: string; readonly words: readonly Word[] }
  | { readonly ok: false; readonly why: Unreadable };

/** Zero-width characters and soft hyphens: invisible, pasted by accident, or put there to deceive. */
const invisible = /[\u00ad\u180e\u200b-\u200d\u2060\ufeff]/gu;
const bidi = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
const control = /[\u0000-\u001f\u007f-\u009f]/u;
const lineEnd = /[\n\v\f\r\u0085\u2028\u2029]/u;

/** Without what cannot be seen, and with the letters' parts put together. */
export function visible(text: string): string {
  return text.toWellFormed().replace(invisible, "");
}

/** The first line that holds anything: only that one is read. */
export function firstLine(text: string): string {
  const begun = text.trimStart();
  const end = begun.search(lineEnd);
  return (end === -1 ? begun : begun.slice(0, end)).replaceAll("\t", " ").trim();
}

/** How words are compared: without case and accents, so that `instantane` is `Instantané`. */
export function fold(word: string): string {
  return word.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("’", "'").toLowerCase();
}

/** The words of a message's first line. */
export function wordsOf(text: string): Words {
  if (text.length > maximumText) return { ok: false, why: "too-long" };
  const line = firstLine(visible(text));
  if (bidi.test(line)) return { ok: false, why: "bidi" };
  if (control.test(line)) return { ok: false, why: "control" };
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    const read = readWord(line, at);
    if ("why" in read) return { ok: false, why: read.why };
    words.push(read.word);
    at = skipSpace(line, read.next);
  }
  return { ok: true, line, words };
}

type Read<T> = ({ readonly next: number } & T) | { readonly why: Unreadable };

/** A quote opens at a word's beginning or right after its first `=`; anywhere else it is an apostrophe or an inch. */
function readWord(line: string, start: number): Read<{ readonly word: Word }> {
  const head = quoteAt(line, start) === undefined ? take(/[^\s=]*=?/y, line, start) : "";
  const quote = head === "" || head.endsWith("=") ? quoteAt(line, start + head.length) : undefined;
  if (quote === undefined) {
    // A phone writes a dash for two hyphens.
    const text = (head + take(/\S*/y, line, start + head.length)).replace(/^[–—](?=\p{L})/u, "--");
    const next = start + take(/\S*/y, line, start).length;
    return { word: { text, bare: text.length, quoted: false, start }, next };
  }
  const read = readQuoted(quote, line, start + head.length);
  if ("why" in read) return read;
  return { word: { text: head + read.text, bare: head.length, quoted: true, start }, next: read.next };
}

type Quote = { readonly opens: string; readonly body: RegExp; readonly clean: (body: string) => string };

const unescaped = (body: string): string => body.replace(/\\(["“”\\])/gu, "$1");

/** Single quotes close only before a space or the end, because they are apostrophes too: 'avant l'été'. */
const quotes: readonly Quote[] = [
  { opens: '"', body: /((?:[^"\\]|\\.)*)"/uy, clean: unescaped },
  { opens: "“”„", body: /((?:[^“”\\]|\\.)*)[“”]/uy, clean: unescaped },
  { opens: "«", body: /([^»]*)»/uy, clean: (body) => body.trim() },
  { opens: "'", body: /(.*?)'(?=\s|$)/uy, clean: (body) => body },
  { opens: "‘", body: /(.*?)’(?=\s|$)/uy, clean: (body) => body },
];

function quoteAt(line: string, at: number): Quote | undefined {
  const opening = line[at];
  return opening === undefined ? undefined : quotes.find((quote) => quote.opens.includes(opening));
}

function readQuoted(quote: Quote, line: string, at: number): Read<{ readonly text: string }> {
  quote.body.lastIndex = at + 1;
  const found = quote.body.exec(line);
  if (found === null) return { why: "quote" };
  const next = quote.body.lastIndex;
  if (next < line.length && skipSpace(line, next) === next) return { why: "after-quote" };
  return { text: quote.clean(found[1] ?? ""), next };
}

function skipSpace(line: string, at: number): number {
  return at + take(/\s*/y, line, at).length;
}

function take(pattern: RegExp, line: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0] ?? "";
}
