/** A screen that shows nothing but a pattern of the VM's name, as QEMU writes it: a PPM. */
import { createHash } from "node:crypto";

const [width, height, tile] = [320, 200, 20];

export function screen(name: string): Buffer {
  const seed = createHash("sha256").update(name).digest();
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (Math.floor(y / tile) * 7 + Math.floor(x / tile)) % seed.length;
      pixels.fill(seed[at] ?? 0, (y * width + x) * 3, (y * width + x + 1) * 3);
    }
  }
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`, "latin1"), pixels]);
}
