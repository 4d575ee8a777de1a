/** What an account is written as: the network's own identity, letter for letter, never a display name. */

/** `@localpart:server`, printable ASCII only, so that no look-alike letter can be pinned or match. At most 255 bytes. */
const mxidPattern = /^@[!-9;-~]+:(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?$/;

export function isMxid(text: string): boolean {
  return text.length <= 255 && mxidPattern.test(text);
}
