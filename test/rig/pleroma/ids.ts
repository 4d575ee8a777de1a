/** Ids as Pleroma makes them. */
import { randomBytes } from "node:crypto";
import { keepSecret } from "../logs.ts";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Flake ids: 64 bits of milliseconds, 48 of the machine, 16 of a count; in base 62, so that younger ones sort after. */
export function flakes(now: () => number): () => string {
  const machine = BigInt(`0x${randomBytes(6).toString("hex")}`);
  let last = 0;
  let count = 0n;
  return () => {
    // Never backwards, whatever the clock does: the order of posts is the order in which they came.
    const at = Math.max(last, now());
    count = at === last ? count + 1n : 0n;
    last = at;
    return base62((BigInt(at) << 64n) | (machine << 16n) | count);
  };
}

/** A secret as Pleroma's tokens look. */
export function secret(): string {
  return keepSecret(randomBytes(32).toString("base64url"));
}

function base62(value: bigint): string {
  let rest = value;
  let text = "";
  while (rest > 0n) {
    text = `${alphabet[Number(rest % 62n)]}${text}`;
    rest /= 62n;
  }
  return text;
}
