/**
 * A FIDO token in software: it signs as one does (PROTOCOL.u2f and PROTOCOL.sshsig of OpenSSH), over the application, its
 * flags and its counter too, so that OpenSSH's own verification of `sk-ssh-ed25519@openssh.com` can be shown without one.
 */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { signatureNamespace } from "../../../src/protocol/plan.ts";

const kind = "sk-ssh-ed25519@openssh.com";
const application = "ssh:";
const touched = 0x01;

const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest();
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const text = (value: Buffer | string) => Buffer.concat([u32(Buffer.from(value).length), Buffer.from(value)]);

export function makeToken() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const point = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const blob = Buffer.concat([text(kind), text(point), text(application)]);
  let counter = 0;
  return {
    line: `${kind} ${blob.toString("base64")}`,
    fingerprint: `SHA256:${sha256(blob).toString("base64").replace(/=+$/, "")}`,
    sign(message: string): string {
      const preamble = Buffer.concat([Buffer.from("SSHSIG"), text(signatureNamespace), text(""), text("sha512")]);
      const signed = Buffer.concat([preamble, text(createHash("sha512").update(message).digest())]);
      counter++;
      const tail = Buffer.concat([Buffer.from([touched]), u32(counter)]);
      const signature = sign(null, Buffer.concat([sha256(application), tail, sha256(signed)]), privateKey);
      const whole = Buffer.concat([
        Buffer.from("SSHSIG"),
        u32(1),
        text(blob),
        text(signatureNamespace),
        text(""),
        text("sha512"),
        text(Buffer.concat([text(kind), text(signature), tail])),
      ]);
      const lines = whole.toString("base64").match(/.{1,70}/g) ?? [];
      return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""].join("\n");
    },
  };
}
