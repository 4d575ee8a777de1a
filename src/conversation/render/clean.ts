/** What may go out: no control characters, nothing invisible that deceives, no ping that nobody asked for. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/gu;
const deceiving = /[\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** Printable text; only line feeds are kept, tabs become spaces. Terminal escapes go whole, not only their first byte. */
export function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("\r\n", "\n")
    .replace(escapes, "")
    .replaceAll("\t", "  ")
    .replace(control, "")
    .replace(deceiving, "");
}

/** On one line. */
export const cleanLine = (text: string): string => clean(text).replace(/\s*\n\s*/gu, " ");

/**
 * For the networks: an `@` that could begin a mention (`@room`, `@zelie@…`) is followed by a zero-width space, so that
 * quoting somebody calls nobody. One inside a word stays: `tank/web@monday` is to be copied to the letter. Only `@room`
 * never does: homeservers look for it inside words too.
 */
export function quiet(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}_])([@＠])(?=\S)|([@＠])(?=room)/giu, "$&\u200b");
}

/**
 * The same for what is shown as code, which people copy to the letter: an account to pin, a plan to sign. Only `@room` is
 * broken there. For Matrix, whose messages say by themselves whom they call; on the Fediverse a name calls wherever it stands.
 */
export function quietCode(text: string): string {
  return text.replace(/[@＠](?=room)/giu, "$&\u200b");
}
