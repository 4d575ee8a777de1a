/** The server of an account, from its Matrix ID. */
export const serverOf = (account: string): string => account.slice(account.indexOf(":") + 1);
