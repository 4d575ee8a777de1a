/** Cuts a stream of bytes into lines. A line that is too long is told once and skipped; it is never held in memory. */

export type Line = { readonly kind: "line"; readonly text: string } | { readonly kind: "too-large" };

const lineFeed = 10;
const smallest = 4096;

export class Lines {
  readonly #maximum: number;
  /** The line so far, used again for each: a peer that sends much makes no garbage of it. */
  #kept = Buffer.allocUnsafe(smallest);
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
        yield { kind: "too-large" };
      }
      if (!this.#skipping) {
        if (feed >= 0) yield { kind: "line", text: this.#complete(chunk, start, end) };
        else this.#keep(chunk, start, end);
      }
      if (feed >= 0) {
        this.#skipping = false;
        this.#length = 0;
      }
      start = end + 1;
    }
  }

  #complete(chunk: Buffer, start: number, end: number): string {
    if (this.#length === 0) return chunk.toString("utf8", start, end);
    this.#keep(chunk, start, end);
    return this.#kept.toString("utf8", 0, this.#length);
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#kept.length) {
      const larger = Buffer.allocUnsafe(Math.min(2 ** Math.ceil(Math.log2(length)), Math.max(this.#maximum, length)));
      this.#kept.copy(larger, 0, 0, this.#length);
      this.#kept = larger;
    }
    chunk.copy(this.#kept, this.#length, start, end);
    this.#length = length;
  }
}
