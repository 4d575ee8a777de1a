/** The name of the store in the folder of the bot's records. */
export const storeFile = "manchot.sqlite";
/** The name of the store of its Matrix device's keys, there. */
export const encryptionFile = "matrix-encryption.sqlite";
