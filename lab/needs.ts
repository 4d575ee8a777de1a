/** What of the lab a test needs: where a machine has not built it, the test is skipped by name, with the reason. */
import { existsSync } from "node:fs";
import { frozenFolder, frozenKey } from "./hypervisor/image.ts";
import { snacFolder } from "./snac.ts";
import { synapseFolder } from "./synapse.ts";

export type Part = "hypervisor" | "synapse" | "snac";

async function isThere(part: Part): Promise<boolean> {
  if (part === "synapse") return existsSync(synapseFolder());
  if (part === "snac") return existsSync(snacFolder());
  const key = await frozenKey();
  return key !== undefined && existsSync(frozenFolder(key));
}

/**
 * For `describe.skipIf(lab.missing)(lab.name("…"), …)`. With MANCHOT_LAB=required a missing part is an error instead.
 */
export async function labNeeds(
  ...parts: readonly Part[]
): Promise<{ readonly missing: boolean; name(title: string): string }> {
  const missing: Part[] = [];
  for (const part of parts) if (!(await isThere(part))) missing.push(part);
  if (missing.length === 0) return { missing: false, name: (title) => title };
  const reason = `needs the lab's ${missing.join(" and ")}: npm run lab -- build`;
  if (process.env.MANCHOT_LAB === "required") throw new Error(reason);
  return { missing: true, name: (title) => `${title} (${reason})` };
}
