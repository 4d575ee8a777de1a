/** The people who are looked up on the way: their lines for `manchot.yaml`. */
import { UserId } from "@matrix-org/matrix-sdk-crypto-wasm";
import { MatrixError } from "matrix-bot-sdk";
import { identityOf } from "../../../chat/matrix/encryption/decrypt.ts";
import { send } from "../../../chat/matrix/encryption/requests.ts";
import type { Refused } from "../refused.ts";
import type { Session } from "./session.ts";

/**
 * A comment that says whom it is about, and the line to paste. Whoever cannot be looked up ends nothing: by now the account has
 * its identity, and the recovery key was given.
 */
export async function linesOf(session: Session, person: string): Promise<string | Refused> {
  const found = await session.attempt(() => lookUp(session, person));
  if (typeof found === "string" || found.wrong === unknown(person).wrong) return found;
  return {
    wrong: `${person} could not be looked up: ${found.wrong}`,
    mend: "The bot's `whoami` shows them their line.",
  };
}

async function lookUp({ machine, ask }: Session, person: string): Promise<string | Refused> {
  try {
    await ask("GET", `/_matrix/client/v3/profile/${encodeURIComponent(person)}`);
  } catch (fault) {
    if (!(fault instanceof MatrixError)) throw fault;
    // Synapse has M_UNKNOWN for an account of its own that there is not.
    if (fault.statusCode === 404) return unknown(person);
    // Some homeservers show profiles to those alone who share a room: whether that one is there, nobody can say.
    if (fault.statusCode !== 403) throw fault;
  }
  await send(machine, ask, machine.queryKeysForUsers([new UserId(person)]));
  const identity = await identityOf(machine, person);
  return identity === undefined
    ? `# ${person}: has no identity that could be pinned; in encrypted rooms the bot does not listen to them without (trust: cross-signed)\n      matrix: ["${person}"]\n`
    : `# ${person}: with the identity that the homeserver shows; it is proved by \`whoami\`, said in an encrypted room\n      matrix: ["${person} ed25519:${identity}"]\n`;
}

const unknown = (person: string): Refused => ({
  wrong: `${person} is not known at the homeserver`,
  mend: "See how the Matrix ID is spelt.",
});
