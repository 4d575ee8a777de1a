/**
 * To be imported before js-sdk: parts of it write to a logger of their own, whichever its client is given, and take hold of
 * its functions when they are loaded.
 */
import { logger } from "matrix-js-sdk/lib/logger.js";

export const quiet = (): void => undefined;

// Not in its type, since it is not for users.
const everybodys = logger as unknown as { methodFactory: () => () => void; rebuild(): void };
everybodys.methodFactory = () => quiet;
everybodys.rebuild();

export const silent = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, getChild: () => silent };
