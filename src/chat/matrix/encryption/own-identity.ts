/**
 * The bot's own identity: a key that signs its device, so that clients which leave out devices that nobody signed
 * (MSC4153) speak with it. Made once; a later device is signed with what the recovery key opens (`manchot enrol matrix`).
 */
import { DeviceId, type OlmMachine, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { z } from "zod";
import type { Log } from "../../../log.ts";
import { failureOf } from "../failure.ts";
import { identityOf } from "./decrypt.ts";
import { type Ask, type Requests, send } from "./requests.ts";

/** What the homeserver knows of this device and its account. */
export type OwnKeys = {
  /** The device's public key, in base64; undefined where it never said one. */
  readonly device: string | undefined;
  /** The account's master key. */
  readonly identity: string | undefined;
  /** Whether there is a signature of the account's own on it; whether it is a true one, peers see for themselves. */
  readonly signed: boolean;
};

const strings = z.record(z.string(), z.string());
const key = z.looseObject({ keys: strings, signatures: z.record(z.string(), strings).default({}) });
const queried = z.looseObject({
  device_keys: z.record(z.string(), z.record(z.string(), key)).default({}),
  master_keys: z.record(z.string(), key).default({}),
  self_signing_keys: z.record(z.string(), key).default({}),
});

export async function ownKeys(ask: Ask, user: string, device: string): Promise<OwnKeys> {
  const body = { device_keys: { [user]: [device] } };
  const found = queried.parse(await ask("POST", "/_matrix/client/v3/keys/query", undefined, body));
  const mine = found.device_keys[user]?.[device];
  const signer = Object.keys(found.self_signing_keys[user]?.keys ?? {})[0];
  return {
    device: mine?.keys[`ed25519:${device}`],
    identity: Object.values(found.master_keys[user]?.keys ?? {})[0],
    signed: signer !== undefined && mine?.signatures[user]?.[signer] !== undefined,
  };
}

/**
 * Makes the account's identity where it has none. Killed between two steps, the next start goes on: the keys are in the
 * store before anything of them leaves. Rejects with what `ask` rejects with.
 */
export async function ensureIdentity(parts: {
  readonly machine: OlmMachine;
  readonly ask: Ask;
  readonly requests: Requests;
  readonly user: string;
  readonly device: string;
  /** The account's identity as the homeserver has it. */
  readonly published: string | undefined;
  readonly log: Log;
}): Promise<void> {
  const { machine, ask, requests, user, device, published, log } = parts;
  await machine.updateTrackedUsers([new UserId(user)]);
  await requests.queries();
  const status = await machine.crossSigningStatus();
  const whole = status.hasMaster && status.hasSelfSigning && status.hasUserSigning;
  const own = await identityOf(machine, user);
  const signed = async (): Promise<boolean> =>
    (await machine.getDevice(new UserId(user), new DeviceId(device)))?.isCrossSignedByOwner() === true;
  const tell = (): void => log.warn({ device }, unsignedWords);
  if (published !== undefined && (!whole || own !== published)) {
    if (!(await signed())) tell();
    return;
  }
  const made = await machine.bootstrapCrossSigning(false);
  if (published === undefined) {
    if (made.uploadKeysRequest) await send(machine, ask, made.uploadKeysRequest);
    try {
      const body: unknown = JSON.parse(made.uploadSigningKeysRequest.body);
      await ask("POST", "/_matrix/client/v3/keys/device_signing/upload", undefined, body);
    } catch (fault) {
      // The homeserver wants the account's password once more, which the bot does not have.
      if (failureOf(fault).status !== 401) throw fault;
      tell();
      return;
    }
  }
  if (await signed()) return;
  await send(machine, ask, made.uploadSignaturesRequest);
  await machine.markAllTrackedUsersAsDirty();
  await requests.queries();
  if (await signed()) log.info({ device }, "the bot's device is signed by its account's own identity");
  else tell();
}

const unsignedWords =
  "the account's identity has not signed this device: clients that leave out such devices cannot be spoken with. To resolve, run `manchot enrol matrix`";
