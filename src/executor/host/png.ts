/** Pictures of screens: QEMU gives PPM or PNG, and people get PNG. */
import { crc32, deflateSync } from "node:zlib";

export type Picture = { readonly width: number; readonly height: number; readonly png: Buffer };

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** No screen is larger, each way, in pixels. */
const largest = 16_384;

/** The picture in a file that QEMU wrote, or nothing where it is none. */
export function readPicture(file: Buffer): Picture | undefined {
  return file.subarray(0, 8).equals(signature) ? ofPng(file) : ofPpm(file);
}

function ofPng(png: Buffer): Picture | undefined {
  if (png.length < 33 || png.toString("latin1", 12, 16) !== "IHDR") return undefined;
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), png };
}

/** `P6`, width, height, 255, one white space, and three bytes a pixel. */
function ofPpm(file: Buffer): Picture | undefined {
  const head = /^P6\s+(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(file.toString("latin1", 0, 64));
  if (head === null) return undefined;
  const [width, height] = [Number(head[1]), Number(head[2])];
  const pixels = file.subarray(head[0].length);
  if (width < 1 || height < 1 || width > largest || height > largest) return undefined;
  if (pixels.length !== width * height * 3) return undefined;
  return { width, height, png: encode(width, height, pixels) };
}

/** PNG (ISO 15948) in true colour, 8 bits each. Each line is told by its difference from the one above: screens are even. */
function encode(width: number, height: number, pixels: Buffer): Buffer {
  const line = width * 3;
  const filtered = Buffer.alloc((line + 1) * height);
  for (let y = 0; y < height; y++) {
    const at = y * (line + 1);
    filtered[at] = 2;
    for (let x = 0; x < line; x++) {
      const above = y === 0 ? 0 : (pixels[(y - 1) * line + x] ?? 0);
      filtered[at + 1 + x] = ((pixels[y * line + x] ?? 0) - above) & 0xff;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const parts = [
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(filtered, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([signature, ...parts]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const whole = Buffer.alloc(body.length + 8);
  whole.writeUInt32BE(data.length, 0);
  body.copy(whole, 4);
  whole.writeUInt32BE(crc32(body), body.length + 4);
  return whole;
}
