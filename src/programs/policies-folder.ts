/** The policies that come with the program: in force where the command line names no others. */
import { join } from "node:path";

export const policiesFolder = join(import.meta.dirname, "../../policies");
