/** The names that a person may have meant. */

const maximumNear = 3;

/** At most three of `names`, the nearest first; none that is too far to be a slip. Case does not count. */
export function nearNames(wanted: string, names: Iterable<string>): string[] {
  const word = wanted.toLowerCase();
  // Two letters that changed places are two steps.
  const reach = word.length < 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, distance: apart(word, name.toLowerCase()) }))
    .filter(({ distance }) => distance <= reach)
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
    .slice(0, maximumNear)
    .map(({ name }) => name);
}

/** Edit distance; the last part of a dataset's path may stand for it. */
function apart(word: string, name: string): number {
  const tail = name.slice(name.lastIndexOf("/") + 1);
  return Math.min(editDistance(word, name), tail === name ? Number.POSITIVE_INFINITY : editDistance(word, tail));
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
