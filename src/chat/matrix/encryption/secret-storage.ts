/**
 * Secrets in the account's data at the homeserver, which only the recovery key opens ("Secret storage",
 * https://spec.matrix.org/v1.15/client-server-api/#secrets). Any Matrix client can read and write the same.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { MatrixError } from "matrix-bot-sdk";
import { z } from "zod";
import type { Ask } from "./requests.ts";

/** The secrets of an account's encryption, as the specification calls them. */
export const secretNames = {
  master: "m.cross_signing.master",
  selfSigning: "m.cross_signing.self_signing",
  userSigning: "m.cross_signing.user_signing",
  backup: "m.megolm_backup.v1",
} as const;
export type SecretName = (typeof secretNames)[keyof typeof secretNames];

const algorithm = "m.secret_storage.v1.aes-hmac-sha2";
const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const sealedSchema = z.looseObject({ iv: base64, ciphertext: base64, mac: base64 });
/** A secret, readable only with the key. */
export type Sealed = z.output<typeof sealedSchema>;

const descriptionSchema = z.looseObject({
  algorithm: z.literal(algorithm),
  iv: base64.optional(),
  mac: base64.optional(),
});
/** What tells a key without showing it. */
export type KeyDescription = z.output<typeof descriptionSchema>;

/** An account's secret storage: the key that it is kept under. */
export type SecretStorage = { readonly keyId: string; readonly description: KeyDescription };

/** What a key is checked against: 32 zero bytes, under an empty name. */
const probe = Buffer.alloc(32);

export function seal(key: Buffer, name: string, secret: string): Sealed {
  return sealBytes(key, name, Buffer.from(secret, "utf8"), freshIv());
}

/** Undefined where it was sealed with another key, for another name, or was changed since. */
export function unseal(key: Buffer, name: string, sealed: Sealed): string | undefined {
  const { aes, hmac } = derive(key, name);
  const ciphertext = Buffer.from(sealed.ciphertext, "base64");
  const iv = Buffer.from(sealed.iv, "base64");
  if (iv.length !== 16 || !same(sealed.mac, macOf(hmac, ciphertext))) return undefined;
  const decipher = createDecipheriv("aes-256-ctr", aes, iv);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString("utf8");
}

export function describeKey(key: Buffer): KeyDescription {
  const { iv, mac } = sealBytes(key, "", probe, freshIv());
  return { algorithm, iv, mac };
}

/** Whether it is the key that is described. A description without a check (the specification allows it) fits any key. */
export function isKeyOf(key: Buffer, { iv, mac }: KeyDescription): boolean {
  if (iv === undefined || mac === undefined) return true;
  const bytes = Buffer.from(iv, "base64");
  return bytes.length === 16 && same(mac, Buffer.from(sealBytes(key, "", probe, bytes).mac, "base64"));
}

/** The storage that the account uses by default; undefined where it has none, or one of a kind that is not known here. */
export async function findSecretStorage(ask: Ask, user: string): Promise<SecretStorage | undefined> {
  const { key: keyId } = defaultKeySchema.safeParse(await accountData(ask, user, defaultKey)).data ?? {};
  if (keyId === undefined) return undefined;
  const description = descriptionSchema.safeParse(await accountData(ask, user, keyType(keyId))).data;
  return description === undefined ? undefined : { keyId, description };
}

/** Whether a secret is in the storage; what it is, only the key tells. */
export async function findSealed(
  ask: Ask,
  user: string,
  { keyId }: SecretStorage,
  name: SecretName,
): Promise<Sealed | undefined> {
  const { encrypted } = secretSchema.safeParse(await accountData(ask, user, name)).data ?? {};
  return sealedSchema.safeParse(encrypted?.[keyId]).data;
}

/** Makes a storage under a new key. Only when every secret is in it, it becomes the one that the account uses. */
export async function makeSecretStorage(
  ask: Ask,
  user: string,
  key: Buffer,
  secrets: Readonly<Record<SecretName, string>>,
): Promise<SecretStorage> {
  const keyId = randomBytes(16).toString("hex");
  const description = describeKey(key);
  await setAccountData(ask, user, keyType(keyId), description);
  for (const name of Object.values(secretNames))
    await storeSecret(ask, user, { keyId, description }, key, name, secrets[name]);
  const made = { keyId, description };
  await useSecretStorage(ask, user, made);
  return made;
}

/** Makes it the one that the account uses by default. */
export async function useSecretStorage(ask: Ask, user: string, { keyId }: SecretStorage): Promise<void> {
  await setAccountData(ask, user, defaultKey, { key: keyId });
}

/** Puts one secret in. What stands under its name in storages under other keys stays, for whoever goes back to them. */
export async function storeSecret(
  ask: Ask,
  user: string,
  { keyId }: SecretStorage,
  key: Buffer,
  name: SecretName,
  secret: string,
): Promise<void> {
  const { encrypted } = secretSchema.safeParse(await accountData(ask, user, name)).data ?? {};
  await setAccountData(ask, user, name, { encrypted: { ...encrypted, [keyId]: seal(key, name, secret) } });
}

const defaultKey = "m.secret_storage.default_key";
const keyType = (keyId: string): string => `m.secret_storage.key.${keyId}`;
const defaultKeySchema = z.looseObject({ key: z.string().min(1).max(255) });
const secretSchema = z.looseObject({ encrypted: z.record(z.string(), z.unknown()) });

const q = encodeURIComponent;
const path = (user: string, type: string): string => `/_matrix/client/v3/user/${q(user)}/account_data/${q(type)}`;

async function accountData(ask: Ask, user: string, type: string): Promise<unknown> {
  try {
    return await ask("GET", path(user, type));
  } catch (fault) {
    if (fault instanceof MatrixError && fault.errcode === "M_NOT_FOUND") return undefined;
    throw fault;
  }
}

async function setAccountData(ask: Ask, user: string, type: string, content: object): Promise<void> {
  await ask("PUT", path(user, type), undefined, content);
}

function sealBytes(key: Buffer, name: string, bytes: Buffer, iv: Buffer): Sealed {
  const { aes, hmac } = derive(key, name);
  const cipher = createCipheriv("aes-256-ctr", aes, iv);
  const ciphertext = Buffer.concat([cipher.update(bytes), cipher.final()]);
  const text = (part: Buffer): string => part.toString("base64");
  return { iv: text(iv), ciphertext: text(ciphertext), mac: text(macOf(hmac, ciphertext)) };
}

function derive(key: Buffer, name: string): { readonly aes: Buffer; readonly hmac: Buffer } {
  const bytes = Buffer.from(hkdfSync("sha256", key, Buffer.alloc(8), name, 64));
  return { aes: bytes.subarray(0, 32), hmac: bytes.subarray(32) };
}

/** Bit 63 is clear: where a counter is of 64 bits only, it does not overflow. */
function freshIv(): Buffer {
  const iv = randomBytes(16);
  iv[8] = (iv[8] ?? 0) & 0x7f;
  return iv;
}

const macOf = (hmac: Buffer, ciphertext: Buffer): Buffer => createHmac("sha256", hmac).update(ciphertext).digest();

function same(text: string, bytes: Buffer): boolean {
  const given = Buffer.from(text, "base64");
  return given.length === bytes.length && timingSafeEqual(given, bytes);
}
