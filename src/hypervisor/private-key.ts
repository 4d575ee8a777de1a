/** The bot's own key, as it must be for nobody to be asked for a passphrase. */
import ssh2 from "ssh2";

/** What is wrong with a private key's text; undefined: nothing. Never a word of the key itself. */
export function privateKeyTrouble(text: string): "no-key" | "passphrase" | undefined {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) return /passphrase|encrypted/i.test(key.message) ? "passphrase" : "no-key";
  return [key].flat().some((one) => one.isPrivateKey()) ? undefined : "no-key";
}
