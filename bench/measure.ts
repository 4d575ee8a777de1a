/** Timing: several runs in turn, so that a machine whose speed drifts does so for all of them; medians and ratios. */

export type Timed = { readonly name: string; readonly run: () => Promise<void> };

/** Milliseconds of each run, by name. The first round warms up and does not count. */
export async function inTurn(rounds: number, timed: readonly Timed[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map<string, number[]>(timed.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of timed) {
      const begun = performance.now();
      await run();
      if (round > 0) times.get(name)?.push(performance.now() - begun);
    }
  }
  return times;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Two or three significant digits: more would be noise. */
export function rough(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A table of medians, and of each one's ratio to the first. */
export function table(times: ReadonlyMap<string, readonly number[]>): string {
  const rows = [...times].map(([name, values]) => ({
    name,
    middle: median(values),
    least: Math.min(...values),
    most: Math.max(...values),
  }));
  const first = rows[0]?.middle ?? Number.NaN;
  return [
    "| what | median | least–most | ratio |",
    "|---|--:|--:|--:|",
    ...rows.map(
      ({ name, middle, least, most }) =>
        `| ${name} | ${rough(middle)} ms | ${rough(least)}–${rough(most)} | ${rough(middle / first)} |`,
    ),
  ].join("\n");
}
