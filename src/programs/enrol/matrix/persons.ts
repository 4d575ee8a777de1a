/** The people who are looked up on the way: their lines for `manchot.yaml`. */
import { UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { MatrixError } from "matrix-bot-sdk";
import { identityOf } from "../../../chat/matrix/encryption/decrypt.ts";
import { send } from "../../../chat/matrix/encryption/requests.ts";
import type { Refused } from "../refused.ts";
import type { Session } from "./session.ts";

/** A comment that says whom it is about, and the line to paste. */
export async function linesOf({ machine, ask }: Session, person: string): Promise<string | Refused> {
  try {
    await ask("GET", `/_matrix/client/v3/profile/${encodeURIComponent(person)}`);
  } catch (fault) {
    // Some homeservers show profiles to those alone who share a room: that one is there, nobody can say.
    if (!(fault instanceof MatrixError) || fault.errcode !== "M_NOT_FOUND") throw fault;
    return { wrong: `${person} is not known at the homeserver`, mend: "See how the Matrix ID is spelt." };
  }
  await send(machine, ask, machine.queryKeysForUsers([new UserId(person)]));
  const identity = await identityOf(machine, person);
  return identity === undefined
    ? `# ${person}: has no identity of its own yet, so that nothing can be pinned\n      matrix: ["${person}"]\n`
    : `# ${person}: with the identity that the homeserver shows; it is proved by \`whoami\`, said in an encrypted room\n      matrix: ["${person} ed25519:${identity}"]\n`;
}
