declare const MANCHOT_VERSION: string | undefined;

/** The executor's version: the build writes it in; run from the sources it is "source". */
export const version = typeof MANCHOT_VERSION === "string" ? MANCHOT_VERSION : "source";
