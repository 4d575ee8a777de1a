/** A cross-signing identity as only a homeserver could show it: its master key holds one more key, of another's choice. */
import { generateKeyPairSync, sign } from "node:crypto";

type Signed = { readonly signatures?: Readonly<Record<string, Readonly<Record<string, string>>>> };

/**
 * What `/keys/query` would say of somebody: an identity that signs this device of theirs, with a key that is not theirs.
 * `claimed`: what the master key lists before it, under an algorithm that nobody knows.
 */
export function forgeIdentity(user: string, device: Signed & Readonly<Record<string, unknown>>, claimed: string) {
  const [master, selfSigning, userSigning] = [createKey(), createKey(), createKey()] as const;
  const subkey = (usage: string, key: Key) => {
    const bare = { user_id: user, usage: [usage], keys: { [key.id]: key.public } };
    return { ...bare, signatures: { [user]: { [master.id]: master.sign(bare) } } };
  };
  return {
    identity: master.public,
    master_keys: {
      [user]: { user_id: user, usage: ["master"], keys: { "a:claimed": claimed, [master.id]: master.public } },
    },
    self_signing_keys: { [user]: subkey("self_signing", selfSigning) },
    user_signing_keys: { [user]: subkey("user_signing", userSigning) },
    device: {
      ...device,
      signatures: { [user]: { ...device.signatures?.[user], [selfSigning.id]: selfSigning.sign(device) } },
    },
  };
}

type Key = ReturnType<typeof createKey>;

function createKey() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const bare = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
  const text = bare(publicKey.export({ format: "der", type: "spki" }).subarray(-32));
  return {
    public: text,
    id: `ed25519:${text}`,
    sign({ signatures: _, unsigned: __, ...said }: Readonly<Record<string, unknown>>): string {
      return bare(sign(null, Buffer.from(canonical(said)), privateKey));
    },
  };
}

/** Canonical JSON (Matrix specification, appendices). */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inside]) => `${JSON.stringify(key)}:${canonical(inside)}`).join()}}`;
}
