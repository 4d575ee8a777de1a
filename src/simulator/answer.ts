/** What a simulated command leaves behind. */
import type { Ran } from "../executor/host/host.ts";

export function answered(stdout: string): Ran {
  return { code: 0, signal: null, stdout, stderr: "", truncated: false };
}

export function failed(code: number, stderr: string, stdout = ""): Ran {
  return { code, signal: null, stdout, stderr, truncated: false };
}
