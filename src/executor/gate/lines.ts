/** Cuts a stream of bytes into lines. A line that is too long is told once and skipped; it is never held in memory. */

export type Line = { readonly kind: "line"; readonly text: string } | { readonly kind: "too-large" };

const lineFeed = 10;

export class Lines {
  readonly #maximum: number;
  #parts: Buffer[] = [];
  #length = 0;
  #skipping = false;

  /** `maximum`: the longest line in bytes, its line feed not counted. */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** The lines that this chunk completes. */
  *push(chunk: Buffer): Generator<Line> {
    for (let start = 0; start < chunk.length; ) {
      const feed = chunk.indexOf(lineFeed, start);
      const end = feed < 0 ? chunk.length : feed;
      if (!this.#skipping && this.#length + end - start > this.#maximum) {
        this.#skipping = true;
        this.#clear();
        yield { kind: "too-large" };
      }
      // A view would keep the whole chunk alive for as long as the line is not complete.
      if (!this.#skipping) this.#keep(feed < 0 ? Buffer.from(chunk.subarray(start, end)) : chunk.subarray(start, end));
      if (feed >= 0) {
        if (!this.#skipping) yield { kind: "line", text: Buffer.concat(this.#parts, this.#length).toString("utf8") };
        this.#skipping = false;
        this.#clear();
      }
      start = end + 1;
    }
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#length += part.length;
    // A peer that sends byte by byte must not make a list of a million parts.
    if (this.#parts.length >= 1024) this.#parts = [Buffer.concat(this.#parts, this.#length)];
  }

  #clear(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
