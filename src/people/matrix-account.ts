/**
 * A Matrix account as it is written in `manchot.yaml`: its Matrix ID; or `<Matrix ID> ed25519:<key>`, where its
 * cross-signing identity is pinned. The ID says who somebody is; the pin, which devices are theirs.
 */
import { isMxid } from "./account.ts";

export type MatrixAccount = {
  readonly mxid: string;
  /** The pinned identity: the account's cross-signing master key, base64 without padding (Matrix specification, "Cross-signing"). */
  readonly identity?: string;
};

/** `wrong` completes "…": is not an account: it …; `mend` says what to write. */
type Parsed =
  | { readonly ok: true; readonly account: MatrixAccount }
  | { readonly ok: false; readonly wrong: string; readonly mend: string };

const idMend =
  "A Matrix ID is written @name:server, in ASCII letters: the person's profile shows it, and the bot's `whoami`.";
const pinMend =
  "Copy the line that the bot's `whoami` shows in an encrypted room: @name:server ed25519:KEY, the key of 43 letters. Or write the Matrix ID alone: then nothing is pinned.";
const invisibleMend =
  "Type it anew; or copy the line that the bot's `whoami` shows by itself, not a name within its words.";

/** As it stands in `manchot.yaml`. */
export function printMatrixAccount({ mxid, identity }: MatrixAccount): string {
  return identity === undefined ? mxid : `${mxid} ed25519:${identity}`;
}

/** Only what {@link printMatrixAccount} prints of a sound account is one, to the letter. */
export function parseMatrixAccount(text: string): Parsed {
  // As posts have them, where a name must not call anybody: what is copied from there looks right, and is not.
  const invisible = /\p{Cf}/u.exec(text)?.[0].codePointAt(0);
  if (invisible !== undefined) {
    const code = `U+${invisible.toString(16).toUpperCase().padStart(4, "0")}`;
    return { ok: false, wrong: `has an invisible character in it (${code})`, mend: invisibleMend };
  }
  const [mxid = "", pin, ...more] = text.split(" ");
  if (!isMxid(mxid)) return { ok: false, wrong: "does not begin with a Matrix ID", mend: idMend };
  if (pin === undefined) return { ok: true, account: { mxid } };
  const no = (wrong: string): Parsed => ({ ok: false, wrong, mend: pinMend });
  if (more.length > 0 || pin === "") return no("is not a Matrix ID and a key with a single space between them");
  const [, identity] = /^ed25519:(.*)$/su.exec(pin) ?? [];
  if (identity === undefined) return no("has no key that begins with ed25519: behind the Matrix ID");
  if (!isKey(identity)) return no("has a key that is not 32 bytes in base64 without padding");
  return { ok: true, account: { mxid, identity } };
}

/** The one way to write 32 bytes, no other spelling of the same: it is compared to the letter. */
function isKey(text: string): boolean {
  return /^[A-Za-z0-9+/]{43}$/.test(text) && Buffer.from(text, "base64").toString("base64").replace(/=+$/, "") === text;
}
