/** What a remote side said, made fit for a log line or a message to a person. */

const longestReason = 300;

/** One line of plain text, at most 300 characters, without control or bidirectional-override characters. */
export function plainWords(text: string): string {
  const points = [...onOneLine(text)];
  return points.length > longestReason ? `${points.slice(0, longestReason - 1).join("")}…` : points.join("");
}

function onOneLine(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffd]+/gu, " ")
      .replaceAll(/ {2,}/g, " ")
      .trim()
  );
}

/** Keeps the end of a stream of text that nobody reads, for the reason of a failure: what was said last says most. */
export function createTail(): { readonly add: (chunk: Buffer) => void; readonly words: () => string } {
  let kept = Buffer.alloc(0);
  return {
    add(chunk) {
      kept = Buffer.concat([kept, chunk]).subarray(-4096);
    },
    words() {
      const points = [...onOneLine(kept.toString("utf8"))];
      return points.length > longestReason ? `…${points.slice(1 - longestReason).join("")}` : points.join("");
    },
  };
}
