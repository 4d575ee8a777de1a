/**
 * A Megolm session with one message of any plaintext at all: clients encrypt events only, and whoever writes a client of
 * their own is not bound to that. https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/megolm.md
 */
import { createCipheriv, createHmac, generateKeyPairSync, hkdfSync, randomBytes, sign } from "node:crypto";

export type RawSession = {
  readonly sessionId: string;
  /** As `m.room_key` carries it. */
  readonly sessionKey: string;
  /** The one message, as `m.room.encrypted` carries it. */
  readonly ciphertext: string;
};

export function rawMegolm(plaintext: string): RawSession {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const signer = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const signed = (bytes: Buffer): Buffer => Buffer.concat([bytes, sign(null, bytes, privateKey)]);
  const ratchet = randomBytes(128);
  const keys = Buffer.from(hkdfSync("sha256", ratchet, Buffer.alloc(32), "MEGOLM_KEYS", 80));
  const cipher = createCipheriv("aes-256-cbc", keys.subarray(0, 32), keys.subarray(64));
  const hidden = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  const message = Buffer.concat([Buffer.from([3, 0x08, 0, 0x12]), varint(hidden.length), hidden]);
  const mac = createHmac("sha256", keys.subarray(32, 64)).update(message).digest().subarray(0, 8);
  const bare = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  return {
    sessionId: bare(signer),
    sessionKey: bare(signed(Buffer.concat([Buffer.from([2, 0, 0, 0, 0]), ratchet, signer]))),
    ciphertext: bare(signed(Buffer.concat([message, mac]))),
  };
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Buffer.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
