/** Pictures for tests: a real PNG, made by the code that makes those of screens. */
import { createHash, randomBytes } from "node:crypto";
import type { Picture } from "../../src/conversation/answer.ts";
import { readPicture } from "../../src/executor/host/png.ts";

/** Of noise, so that its size is about three bytes a pixel. */
export function picture(width = 20, height = 10, more: Partial<Picture> = {}): Picture {
  const head = Buffer.from(`P6\n${width} ${height}\n255\n`);
  const made = readPicture(Buffer.concat([head, randomBytes(width * height * 3)]));
  if (made === undefined) throw new Error("no picture came of it");
  const png = made.png.toString("base64");
  return {
    png,
    alt: `noise, ${width} × ${height} pixels`,
    name: "screen-web-20261125T160012Z.png",
    width,
    height,
    ...more,
  };
}

export const bytesOf = ({ png }: Picture): Buffer => Buffer.from(png, "base64");

export const digestOf = (one: Picture): string => createHash("sha256").update(bytesOf(one)).digest("hex");
