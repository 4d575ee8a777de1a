/** What stands in a Matrix ID. */

/** The server of an account. */
export const serverOf = (account: string): string => account.slice(account.indexOf(":") + 1);

/** How people call `@manchot:example.org` in text. Without the `@`, only with a colon: it is an ordinary word too. */
export function handlesOf(self: string): readonly string[] {
  const name = self.slice(1, self.indexOf(":"));
  return [self, `@${name}`, `${name}:`];
}
