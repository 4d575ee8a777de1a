/** What could not be done, and what to do about it: for whoever runs the program. Never a secret. */
export type Refused = { readonly wrong: string; readonly mend: string };

export const gaveUp: Refused = { wrong: "nothing was typed, so nothing was made", mend: "Run it again." };
