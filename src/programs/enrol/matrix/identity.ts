/** The account's identity, which signs the new device: made anew, or taken out of the secret storage. */
import { DeviceId, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { identityOf } from "../../../chat/matrix/encryption/decrypt.ts";
import { send } from "../../../chat/matrix/encryption/requests.ts";
import { AuthWanted, askAsOwner } from "../../../chat/matrix/user-interactive.ts";
import type { Refused } from "../refused.ts";
import type { Session } from "./session.ts";
import { wantsMore } from "./wants-more.ts";

/** The private keys of an identity, as secret storage keeps them: seeds in base64. */
export type Seeds = { readonly master: string; readonly selfSigning: string; readonly userSigning: string };

/** A new identity, only in the machine so far. `publish` puts it in the place of the one that the homeserver has. */
export async function makeIdentity(
  session: Session,
): Promise<{ readonly seeds: Seeds; publish(): Promise<Refused | undefined> }> {
  const { machine, ask, user, password } = session;
  const made = await machine.bootstrapCrossSigning(true);
  const seeds = await machine.exportCrossSigningKeys();
  const { masterKey: master, self_signing_key: selfSigning, userSigningKey: userSigning } = seeds ?? {};
  if (master === undefined || selfSigning === undefined || userSigning === undefined)
    throw new Error("the machine made an identity, and does not have all of its keys");
  return {
    seeds: { master, selfSigning, userSigning },
    async publish() {
      if (made.uploadKeysRequest) await send(machine, ask, made.uploadKeysRequest);
      const path = "/_matrix/client/v3/keys/device_signing/upload";
      try {
        const keys = JSON.parse(made.uploadSigningKeysRequest.body) as object;
        await askAsOwner(ask, "POST", path, keys, { user, password: password.reveal() });
      } catch (fault) {
        if (fault instanceof AuthWanted) return wantsMore(fault);
        throw fault;
      }
      await send(machine, ask, made.uploadSignaturesRequest);
      return await checkSigned(session);
    },
  };
}

/** Has an identity that the homeserver knows sign this device. */
export async function takeIdentity(session: Session, seeds: Seeds): Promise<Refused | undefined> {
  const { machine, ask, user, device } = session;
  const status = await machine
    .importCrossSigningKeys(seeds.master, seeds.selfSigning, seeds.userSigning)
    .catch(() => undefined);
  if (!status?.hasMaster || !status.hasSelfSigning || !status.hasUserSigning) return otherIdentity;
  const own = await machine.getDevice(new UserId(user), new DeviceId(device));
  if (own === undefined) throw new Error("the homeserver does not show the device that just logged in");
  await send(machine, ask, await own.verify());
  return await checkSigned(session);
}

/** The account's master key as the homeserver shows it; undefined where it has no identity. */
export async function publishedIdentity({ machine, requests, user }: Session): Promise<string | undefined> {
  await machine.updateTrackedUsers([new UserId(user)]);
  await machine.markAllTrackedUsersAsDirty();
  await requests.queries();
  return await identityOf(machine, user);
}

async function checkSigned(session: Session): Promise<Refused | undefined> {
  await publishedIdentity(session);
  const { machine, user, device } = session;
  const own = await machine.getDevice(new UserId(user), new DeviceId(device));
  if (own?.isCrossSignedByOwner() === true) return undefined;
  return {
    wrong: "the homeserver took the device's signature, and does not show it",
    mend: "Run it again; if it stays so, ask who runs the homeserver.",
  };
}

export const otherIdentity: Refused = {
  wrong: "the secret storage holds another identity than the one that the homeserver shows for the account",
  mend: "Somebody made a new identity without putting it into the storage, or the homeserver swapped it: find out which. --new-identity makes one anew, and people must then trust the bot anew.",
};
