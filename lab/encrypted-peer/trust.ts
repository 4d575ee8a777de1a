/** Whom a person with an encrypting client believes, and who may read them: identities, signatures, blacklists. */
import { DeviceId, LocalTrust, UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import type { AuthDict } from "matrix-js-sdk";
import type { CryptoApi } from "matrix-js-sdk/lib/crypto-api/index.js";
import type { MatrixClient } from "../matrix-client.ts";
import { labPassword } from "../synapse.ts";
import { machineOf } from "./machine.ts";
import { insist } from "./until.ts";

export type Trust = {
  /** The public part of its identity's master key, base64 without padding. Undefined where it has no identity. */
  masterKey(): Promise<string | undefined>;
  /** From now on the device gets no keys, and is told so. */
  blacklist(userId: string, deviceId: string): Promise<void>;
  /** From now on no device gets keys whose owner this person has not verified. Not with `strict`. */
  blacklistUnverified(on: boolean): void;
  /** Signs another device of the own account, as its owner does it after a comparison. */
  vouchFor(deviceId: string): Promise<void>;
  /** Signs another person's identity, as after a comparison: a client then insists on it. */
  verify(userId: string): Promise<void>;
  /** Replaces the own identity by a new one. */
  resetIdentity(): Promise<void>;
  /** Whether the device was signed by its owner's identity, as this client sees it. */
  isCrossSigned(userId: string, deviceId: string): Promise<boolean>;
  /** Another's master key, and whether it is another than the one that this client saw first. */
  identityOf(userId: string): Promise<{ readonly masterKey: string | undefined; readonly changed: boolean }>;
};

export function createTrust(crypto: CryptoApi, plain: MatrixClient): Trust {
  const machine = machineOf(crypto);
  /** What the server says of a person's devices and identity now, where the person is in none of the rooms, too. */
  async function look(user: string): Promise<void> {
    const query = machine.queryKeysForUsers([new UserId(user)]);
    const answer = await plain.call("POST", "/keys/query", JSON.parse(query.body));
    await machine.markRequestAsSent(query.id, query.type, JSON.stringify(answer));
  }
  return {
    masterKey: async () => (await crypto.getCrossSigningKeyId()) ?? undefined,
    async blacklist(user, device) {
      await look(user);
      const found = await machine.getDevice(new UserId(user), new DeviceId(device));
      await insist(found, `no device ${device} of ${user}`).setLocalTrust(LocalTrust.BlackListed);
    },
    blacklistUnverified(on) {
      crypto.globalBlacklistUnverifiedDevices = on;
    },
    async vouchFor(device) {
      await look(plain.userId);
      await crypto.crossSignDevice(device);
      await look(plain.userId);
    },
    async verify(user) {
      await look(user);
      const signature = await insist(await machine.getIdentity(new UserId(user)), `no identity of ${user}`).verify();
      await plain.call("POST", "/keys/signatures/upload", JSON.parse(signature.body));
      await look(user);
    },
    async resetIdentity() {
      const identifier = { type: "m.id.user", user: plain.userId };
      const authUploadDeviceSigningKeys = (upload: (auth: AuthDict) => Promise<unknown>): Promise<void> =>
        upload({ type: "m.login.password", identifier, password: labPassword }).then(() => undefined);
      await crypto.bootstrapCrossSigning({ setupNewCrossSigning: true, authUploadDeviceSigningKeys });
    },
    async isCrossSigned(user, device) {
      await look(user);
      return (await crypto.getDeviceVerificationStatus(user, device))?.signedByOwner === true;
    },
    async identityOf(user) {
      await look(user);
      const keys = (await crypto.getUserCrossSigningKeys(user))?.master_key?.keys ?? {};
      return {
        masterKey: Object.values(keys)[0],
        changed: (await crypto.getUserVerificationStatus(user)).needsUserApproval,
      };
    },
  };
}
