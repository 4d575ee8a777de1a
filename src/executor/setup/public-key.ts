/** OpenSSH public keys, taken apart before they are written where sshd reads them. */
import { good, type Outcome, refuse } from "../outcome.ts";

const kinds = [
  "ssh-ed25519",
  "sk-ssh-ed25519@openssh.com",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ecdsa-sha2-nistp256@openssh.com",
  "ssh-rsa",
];

/** The key's kind and blob, `ssh-ed25519 AAAA…`, its comment left out; refused where it is not exactly one key. */
export function parsePublicKey(text: string): Outcome<string> {
  const found = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\n\r]*)?$/.exec(text.trim());
  const [, kind, encoded] = found ?? [];
  if (kind === undefined || encoded === undefined || !kinds.includes(kind)) {
    return refuse("malformed", { what: "no public key of OpenSSH, as `ssh-ed25519 AAAA… comment`" });
  }
  const fields = readFields(Buffer.from(encoded, "base64"));
  if (fields === undefined || fields.length < 2 || fields[0]?.toString("latin1") !== kind) {
    return refuse("malformed", { what: `the key says that it is ${kind}, and its content does not` });
  }
  if (kind === "ssh-ed25519" && (fields.length !== 2 || fields[1]?.length !== 32)) {
    return refuse("malformed", { what: "an ed25519 key has 32 bytes, and this one has not" });
  }
  if (kind === "ssh-rsa" && (fields[2]?.length ?? 0) < 3072 / 8) {
    return refuse("malformed", { what: "an RSA key must have 3072 bits; better is ssh-keygen -t ed25519" });
  }
  return good(`${kind} ${encoded}`);
}

/** The blob's fields, each with its length before it; nothing may be left over. */
function readFields(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}
