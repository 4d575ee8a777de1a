/** What an encrypted event says, and who can be known to have said it. */
import {
  type DecryptedRoomEvent,
  DecryptionErrorCode,
  DecryptionSettings,
  DeviceId,
  MegolmDecryptionError,
  type OlmMachine,
  RoomId,
  TrustRequirement,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import { z } from "zod";
import type { MatrixEvent } from "../events.ts";
import { jsonOf } from "./json.ts";

type Words = {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
  /** Of the session, and the message's place in it: the same pair never stands for two messages. */
  readonly session: string;
  readonly index: number;
};

export type Decrypted =
  | (Words & {
      readonly kind: "clear";
      /** The sender's cross-signing identity (its master key), where it signed the device that this came from. */
      readonly identity: string | undefined;
    })
  /** The key is not here (yet). The core asks the bot's own other devices for it, which it has not: nobody can be made to send it. */
  | { readonly kind: "missing"; readonly session: string }
  /** The sender's device keeps the key from the bot, and says why: `m.blacklisted`, `m.unverified`, … */
  | { readonly kind: "withheld"; readonly session: string; readonly code: string }
  /** It was read, and comes from a device that its owner has not signed, where only signed ones are listened to. */
  | (Words & { readonly kind: "unsigned" })
  | { readonly kind: "unreadable"; readonly why: string };

const wire = z.looseObject({ session_id: z.string().min(1).max(255), ciphertext: z.string().min(1) });
const inside = z.looseObject({ type: z.string(), content: z.record(z.string(), z.unknown()) });

/**
 * `signedOnly`: what comes from a device that its owner has not signed is not taken. `learn`: asks what devices and what
 * identity somebody has by now. Rejects with what `learn` rejects with: nothing is held for unsigned that may be signed.
 */
export async function decrypt(
  machine: OlmMachine,
  room: string,
  event: MatrixEvent,
  { signedOnly, learn }: { readonly signedOnly: boolean; readonly learn: (user: string) => Promise<void> },
): Promise<Decrypted> {
  const sent = wire.safeParse(event.content).data;
  if (sent === undefined) return { kind: "unreadable", why: "it is of a kind that is not known here" };
  const index = indexOf(sent.ciphertext);
  if (index === undefined) return { kind: "unreadable", why: "its ciphertext is none" };
  const session = sent.session_id;
  const text = jsonOf(event);
  if (text === undefined) return { kind: "unreadable", why: "it is nested too deeply" };
  const under = (requirement: TrustRequirement) =>
    machine.decryptRoomEvent(text, new RoomId(room), new DecryptionSettings(requirement));
  /** Undefined where it is not known to be signed. */
  const signed = async () => {
    const words = await under(TrustRequirement.CrossSigned).catch(unlessDistrust);
    const identity = words === undefined ? undefined : await signerOf(machine, words);
    return words === undefined || identity === undefined ? undefined : { words, identity };
  };
  try {
    let found = await signed();
    if (found === undefined) {
      await learn(event.sender);
      found = await signed();
    }
    const words = found?.words ?? (await under(TrustRequirement.Untrusted));
    // Clients encrypt events; who has written a client of their own can encrypt anything.
    const said = inside.safeParse(JSON.parse(words.event)).data;
    if (said === undefined) return { kind: "unreadable", why: "what is inside is no event" };
    const { type, content } = said;
    if (found === undefined && signedOnly) return { kind: "unsigned", type, content, session, index };
    return { kind: "clear", type, content, identity: found?.identity, session, index };
  } catch (fault) {
    if (!(fault instanceof MegolmDecryptionError)) throw fault;
    const { code, withheldCode, description } = fault;
    const missing = code === DecryptionErrorCode.MissingRoomKey || code === DecryptionErrorCode.UnknownMessageIndex;
    if (!missing) return { kind: "unreadable", why: description };
    return withheldCode === undefined
      ? { kind: "missing", session }
      : { kind: "withheld", session, code: withheldCode };
  }
}

const distrust = [
  DecryptionErrorCode.UnknownSenderDevice,
  DecryptionErrorCode.UnsignedSenderDevice,
  DecryptionErrorCode.SenderIdentityVerificationViolation,
];
function unlessDistrust(fault: unknown): undefined {
  if (!(fault instanceof MegolmDecryptionError && distrust.includes(fault.code))) throw fault;
}

/**
 * The identity that signs the device which this came from, as both are now. What the core noted when the key came is not
 * enough: a homeserver could show an identity of its own for that long, and then the person's again.
 */
async function signerOf(machine: OlmMachine, words: DecryptedRoomEvent): Promise<string | undefined> {
  const { senderDevice } = words;
  if (senderDevice === undefined) return undefined;
  const user = words.sender.toString();
  const before = await identityOf(machine, user);
  const device = await machine.getDevice(new UserId(user), new DeviceId(senderDevice.toString()));
  const same =
    device?.isCrossSignedByOwner() === true &&
    device.curve25519Key?.toBase64() === words.senderCurve25519Key &&
    device.ed25519Key?.toBase64() === words.senderClaimedEd25519Key;
  // The homeserver may have shown another one between the two looks.
  return same && before === (await identityOf(machine, user)) ? before : undefined;
}

const masterKey = z.looseObject({ keys: z.record(z.string(), z.string()) });

/**
 * The public master key of a person, in base64 without padding; undefined where they have none, or one that lists more than
 * itself: the core checks signatures with any key of it that it knows how to use, and leaves the others be.
 */
export async function identityOf(machine: OlmMachine, user: string): Promise<string | undefined> {
  const identity = await machine.getIdentity(new UserId(user));
  if (identity === undefined) return undefined;
  return onlyKey(masterKey.parse(JSON.parse(identity.masterKey)).keys);
}

/** Of a cross-signing key: "there must be exactly one", whose name is the key itself (Matrix specification, "Cross-signing"). */
function onlyKey(keys: Readonly<Record<string, string>>): string | undefined {
  const [[name, key] = [], ...more] = Object.entries(keys);
  return more.length === 0 && key !== undefined && name === `ed25519:${key}` ? key : undefined;
}

/**
 * The message's place in its session: the field 1 of a Megolm message (a byte 3 for the version, then a tag 0x08 and a
 * number in groups of seven bits), https://gitlab.matrix.org/matrix-org/olm/-/blob/master/docs/megolm.md#message-format
 */
export function indexOf(ciphertext: string): number | undefined {
  const bytes = Buffer.from(ciphertext.slice(0, 24), "base64");
  if (bytes[0] !== 3 || bytes[1] !== 0x08) return undefined;
  let index = 0;
  for (let at = 2, shift = 0; at < 7; at++, shift += 7) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    index += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) === 0) return index;
  }
  return undefined;
}
