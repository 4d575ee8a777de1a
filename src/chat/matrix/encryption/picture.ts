/** A file as it is handed over for an encrypted room: unreadable without what the event says of it. */
import { Attachment } from "@matrix-org/matrix-sdk-crypto-wasm";
import { z } from "zod";

const info = z.record(z.string(), z.unknown());

/** `key`: all that the event's `file` holds besides the address. */
export function sealed(bytes: Buffer): { readonly bytes: Buffer; readonly key: Readonly<Record<string, unknown>> } {
  const attachment = Attachment.encrypt(new Uint8Array(bytes));
  const key = info.parse(JSON.parse(attachment.mediaEncryptionInfo ?? ""));
  return { bytes: Buffer.from(attachment.encryptedData), key };
}
