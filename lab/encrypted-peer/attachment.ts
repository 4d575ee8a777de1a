/** A file of an encrypted room, decrypted as the specification says it (v2 of `EncryptedFile`), without the code that the bot uses. */
import { createDecipheriv, createHash } from "node:crypto";

export type EncryptedFile = {
  readonly url: string;
  readonly v: string;
  /** A JSON Web Key of 256 bits, for AES in counter mode. */
  readonly key: { readonly k: string; readonly alg: string; readonly kty: string };
  /** 16 bytes, of which the last 8 are the counter: they must be zero. */
  readonly iv: string;
  readonly hashes: { readonly sha256: string };
};

/** Throws where the bytes are not those that were encrypted. */
export function decryptAttachment(bytes: Buffer, file: EncryptedFile): Buffer {
  if (file.v !== "v2" || file.key.alg !== "A256CTR" || file.key.kty !== "oct") throw new Error("not of version 2");
  const hash = createHash("sha256").update(bytes).digest("base64").replace(/=+$/u, "");
  if (hash !== file.hashes.sha256.replace(/=+$/u, "")) throw new Error("the file's hash is another");
  const iv = Buffer.from(file.iv, "base64");
  if (iv.length !== 16 || !iv.subarray(8).equals(Buffer.alloc(8)))
    throw new Error("the counter does not begin at zero");
  const decipher = createDecipheriv("aes-256-ctr", Buffer.from(file.key.k, "base64url"), iv);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}
