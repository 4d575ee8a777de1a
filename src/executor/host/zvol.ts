/** Which ZFS volume stands behind a path of the host. */

import { good, type Outcome } from "../outcome.ts";
import { zfs } from "./commands.ts";
import { hostFailed, notUnderstood } from "./fact.ts";
import type { Host } from "./host.ts";
import { isDatasetName } from "./names.ts";
import { rows, wholeNumber } from "./rows.ts";

const links = "/dev/zvol/";

/**
 * The dataset that a path of `/dev/zvol/` would be, if it exists. udev writes a name's spaces as `+`, which no dataset
 * holds, and a partition of a volume as `-part1`, which a dataset may be called too: that one stays uncertain. Other
 * paths (`/dev/zd16`, links of somebody's own) are not guessed at.
 */
export function datasetOfPath(path: string): string | undefined {
  if (!path.startsWith(links)) return undefined;
  const name = path.slice(links.length).replaceAll("+", " ");
  return isDatasetName(name) && !/-part[0-9]+$/.test(name) ? name : undefined;
}

/** The sizes in bytes of those of `names` that are volumes; a name that is none is not in the answer. */
export async function volumeSizes(host: Host, names: readonly string[]): Promise<Outcome<ReadonlyMap<string, number>>> {
  const possible = [...new Set(names.filter(isDatasetName))];
  const sizes = new Map<string, number>();
  if (possible.length === 0) return good(sizes);
  const argv = [zfs, "list", "-Hp", "-t", "volume", "-o", "name,volsize", "-d", "0", ...possible] as const;
  const ran = await host.run(argv);
  const others = rows(ran.stderr).filter((line) => !isMissing(line));
  if (ran.truncated || ran.code === null || (ran.code !== 0 && (rows(ran.stderr).length === 0 || others.length > 0))) {
    return hostFailed(argv, ran);
  }
  for (const row of rows(ran.stdout)) {
    const [name, size, ...more] = row.split("\t");
    const bytes = wholeNumber(size);
    if (name === undefined || bytes === undefined || more.length > 0) {
      return notUnderstood(argv, row);
    }
    sizes.set(name, bytes);
  }
  return good(sizes);
}

/** `zfs list` says so of a name that is not there, or is a filesystem; the others are listed all the same. */
function isMissing(line: string): boolean {
  return /^cannot open '.{1,300}': (?:dataset does not exist|operation not applicable to datasets of this type)$/.test(
    line,
  );
}
