/**
 * A recovery key as people keep it: 32 bytes in base58, behind two bytes that say what it is and before one that shows
 * typing errors, in groups of four ("Cryptographic key representation",
 * https://spec.matrix.org/v1.15/appendices/#cryptographic-key-representation).
 */
import { randomBytes } from "node:crypto";

/** Digits and letters without 0, O, I and l, which look like others. */
const alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const prefix = Buffer.from([0x8b, 0x01]);
/** Of the key itself, in bytes. */
export const recoveryKeyBytes = 32;
const wholeBytes = prefix.length + recoveryKeyBytes + 1;
/** Every 35 bytes that begin with the prefix are this many signs. */
const signs = 48;

export const newRecoveryKey = (): Buffer => randomBytes(recoveryKeyBytes);

export function printRecoveryKey(key: Buffer): string {
  if (key.length !== recoveryKeyBytes) throw new RangeError(`a recovery key has ${recoveryKeyBytes} bytes`);
  const bytes = Buffer.concat([prefix, key]);
  const text = base58(Buffer.concat([bytes, Buffer.of(parityOf(bytes))]));
  return text.match(/.{1,4}/g)?.join(" ") ?? text;
}

/** `wrong` goes behind "the recovery key", and quotes nothing of it. */
export type ReadKey = { readonly ok: true; readonly key: Buffer } | { readonly ok: false; readonly wrong: string };

/**
 * Takes it with spaces anywhere. The parity shows most typing errors, and one in some 250 not: whether it is the right
 * key only what it opens can tell.
 */
export function parseRecoveryKey(text: string): ReadKey {
  const wrong = (words: string): ReadKey => ({ ok: false, wrong: words });
  const packed = text.replace(/\s+/g, "");
  const odd = [...packed].findIndex((sign) => !alphabet.includes(sign));
  if (odd >= 0) return wrong(`has a sign that no recovery key has, in its group ${1 + Math.floor(odd / 4)}`);
  if (packed.length !== signs) return wrong(`has ${packed.length} letters and digits, and needs ${signs}`);
  const bytes = unbase58(packed);
  if (bytes === undefined || !bytes.subarray(0, prefix.length).equals(prefix) || parityOf(bytes) !== 0)
    return wrong("has a typing error somewhere");
  return { ok: true, key: Buffer.from(bytes.subarray(prefix.length, -1)) };
}

const parityOf = (bytes: Buffer): number => bytes.reduce((parity, byte) => parity ^ byte, 0);

function base58(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString("hex")}`);
  let text = "";
  for (; rest > 0n; rest /= 58n) text = `${alphabet[Number(rest % 58n)]}${text}`;
  return text;
}

/** Undefined where it is more than the bytes that a key has. */
function unbase58(text: string): Buffer | undefined {
  let value = 0n;
  for (const sign of text) value = value * 58n + BigInt(alphabet.indexOf(sign));
  const hex = value.toString(16).padStart(2 * wholeBytes, "0");
  return hex.length > 2 * wholeBytes ? undefined : Buffer.from(hex, "hex");
}
