/** `setup`. */
import type { SetupCommand } from "../command-line.ts";

export async function setup(_command: SetupCommand): Promise<number> {
  return 0;
}
