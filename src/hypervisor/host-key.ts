/** A pinned host key: the one thing by which the hypervisor is known. */
import { createHash } from "node:crypto";
import ssh2 from "ssh2";

export type HostKeyPin = {
  /** `SHA256:…`, as `ssh-keygen -l` shows it. */
  readonly fingerprint: string;
  /** The key's type (`ssh-ed25519`, …), where the whole key is pinned: then no other type is negotiated. */
  readonly type?: string;
};

const knownTypes = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa)$/;

/** The fingerprint of a key's raw form. */
export function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/**
 * Reads a pin: a fingerprint, or a public key line (as in `/etc/ssh/ssh_host_ed25519_key.pub`; a known_hosts line's host
 * names are left out). Undefined: it is neither.
 */
export function parseHostKeyPin(text: string): HostKeyPin | undefined {
  const trimmed = text.trim();
  if (/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(trimmed)) return { fingerprint: trimmed.replace(/=$/, "") };
  const [type, encoded] = trimmed.split(/[ \t]+/);
  if (type === undefined || encoded === undefined || trimmed.includes("\n")) return undefined;
  const key = ssh2.utils.parseKey(`${type} ${encoded}`);
  if (key instanceof Error || key.isPrivateKey() || !knownTypes.test(key.type)) return undefined;
  return { fingerprint: fingerprintOf(key.getPublicSSH()), type: key.type };
}
