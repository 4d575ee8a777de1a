/** The bot's older store, where `serve` made an identity before there was a recovery key: the only place that holds it. */
import { existsSync } from "node:fs";
import { identityOf } from "../../../chat/matrix/encryption/decrypt.ts";
import { openMachine } from "../../../chat/matrix/encryption/machine.ts";
import { createLog } from "../../../log.ts";
import { otherDevices } from "./devices.ts";
import type { Seeds } from "./identity.ts";
import type { Session } from "./session.ts";
import type { Place } from "./store.ts";

/** The private keys of the account's identity, where the store that is in place has them. Nothing else is taken from it. */
export async function olderIdentity(session: Session, place: Place, identity: string): Promise<Seeds | undefined> {
  if (!existsSync(place.file)) return undefined;
  place.letGo();
  // A store opens for its own device only, and does not tell which that is.
  for (const { device } of await otherDevices(session)) {
    const opened = await openMachine({ file: place.file, user: session.user, device, log: createLog("error", []) });
    if (!opened.ok) {
      if (opened.why === "another-device") continue;
      return undefined;
    }
    try {
      if ((await identityOf(opened.machine, session.user)) !== identity) return undefined;
      const keys = await opened.machine.exportCrossSigningKeys();
      const { masterKey: master, self_signing_key: selfSigning, userSigningKey: userSigning } = keys ?? {};
      if (master === undefined || selfSigning === undefined || userSigning === undefined) return undefined;
      return { master, selfSigning, userSigning };
    } finally {
      opened.close();
    }
  }
  return undefined;
}
