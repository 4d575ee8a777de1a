/** One-time codes of RFC 6238 as every authenticator has them: SHA-1, six digits, 30 seconds. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** Seconds of one time step. */
export const stepLength = 30;
const digits = 6;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The time step of a moment in seconds since 1970. */
export function stepAt(seconds: number): number {
  return Math.floor(seconds / stepLength);
}

/** The code of one time step. */
export function codeAt(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac("sha1", secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0xf;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

/**
 * The time steps, `reach` before and after this moment's, whose code this is. Every one is compared, each in constant
 * time: how long it takes tells nothing of how near a guess was.
 */
export function stepsOf(secret: Buffer, code: string, seconds: number, reach: number): number[] {
  if (code.length !== digits || !/^[0-9]+$/.test(code)) return [];
  const given = Buffer.from(code);
  const first = Math.max(0, stepAt(seconds) - reach);
  const steps = Array.from({ length: stepAt(seconds) + reach - first + 1 }, (_, index) => first + index);
  return steps.filter((step) => timingSafeEqual(Buffer.from(codeAt(secret, step)), given));
}

/** The bytes of a secret in base32 (RFC 4648, capitals, no padding), or nothing where it is no such text. */
export function fromBase32(text: string): Buffer | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const index = alphabet.indexOf(letter);
    if (index < 0) return undefined;
    value = (value << 5) | index;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push(value >> bits);
    value &= (1 << bits) - 1;
  }
  // What is left over pads the last letter, and is less than one.
  return bits < 5 && value === 0 ? Buffer.from(bytes) : undefined;
}

export function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}
