/** The name of the store in the folder of the bot's records. */
export const storeFile = "manchot.sqlite";
