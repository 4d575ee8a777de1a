/** A file that one command writes and nobody else can open: it has no name any more when the command begins. */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class ScratchFile {
  readonly fd: number;
  readonly #maximum: number;
  #closed = false;

  /** Throws where the disk does. `maximum`: bytes. */
  constructor(maximum: number) {
    this.#maximum = maximum;
    const folder = mkdtempSync(join(tmpdir(), "manchot-"));
    try {
      this.fd = openSync(join(folder, "file"), "wx+", 0o600);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** What stands in it, up to the maximum. A second time: nothing. */
  close(): { bytes: Buffer; truncated: boolean } | undefined {
    if (this.#closed) return undefined;
    this.#closed = true;
    const { size } = fstatSync(this.fd);
    const bytes = Buffer.alloc(Math.min(size, this.#maximum));
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(this.fd, bytes, length, bytes.length - length, length);
    }
    closeSync(this.fd);
    return { bytes: bytes.subarray(0, length), truncated: size > this.#maximum };
  }
}
