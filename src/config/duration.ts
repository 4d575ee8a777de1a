/** Durations as people write them in `manchot.yaml`. */

const units = new Map([
  ["s", 1_000],
  ["min", 60_000],
  ["h", 3_600_000],
]);

/** `90 s`, `10 min`, `2 h`, in milliseconds; undefined for anything else. */
export function milliseconds(text: string): number | undefined {
  const [number, unit] = /^([0-9]{1,6}) ?(s|min|h)$/.exec(text)?.slice(1) ?? [];
  const factor = units.get(unit ?? "");
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
