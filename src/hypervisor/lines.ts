/** Cuts a stream of bytes into lines, in linear time and bounded memory. */

/**
 * Feeds chunks in; whole lines come out as text, without their newline. A line of more than `maximum` bytes is told by
 * `tooLong` once, and skipped to its end.
 */
export function createLineSplitter(
  maximum: number,
  onLine: (line: string) => void,
  tooLong: () => void,
): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let length = 0;
  let skipping = false;

  function take(part: Buffer): void {
    if (skipping || part.length === 0) return;
    if (length + part.length > maximum) {
      parts = [];
      length = 0;
      skipping = true;
      tooLong();
      return;
    }
    parts.push(part);
    length += part.length;
  }

  function endLine(): void {
    const line = skipping ? undefined : Buffer.concat(parts, length).toString("utf8");
    parts = [];
    length = 0;
    skipping = false;
    if (line !== undefined && line.trim() !== "") onLine(line);
  }

  return (chunk) => {
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      take(chunk.subarray(from, at));
      endLine();
      from = at + 1;
    }
    take(chunk.subarray(from));
  };
}
