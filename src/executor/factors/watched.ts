/** The file of factors as the daemon sees it: read anew each time, and what changed in it since is journalled. */
import { canonical } from "../canonical.ts";
import type { Ledger } from "../ledger.ts";
import { marksOf, type ReadFactors, readFactors } from "./file.ts";

export class WatchedFactors {
  readonly #file: string | undefined;
  readonly #ledger: Ledger;

  /** Without a file nobody is enrolled. */
  constructor(file: string | undefined, ledger: Ledger) {
    this.#file = file;
    this.#ledger = ledger;
  }

  /** What it has now. Nothing is answered on it before its changes stand in the journal. */
  read(): ReadFactors {
    const factors: ReadFactors = this.#file === undefined ? { ok: true, value: new Map() } : readFactors(this.#file);
    const { seen } = this.#ledger.memory.factors;
    const persons = factors.ok
      ? Object.fromEntries([...factors.value].map(([person, enrolled]) => [person, marksOf(enrolled)]))
      : seen.persons;
    const trouble = factors.ok ? undefined : factors.why;
    if (canonical(persons) === canonical(seen.persons) && trouble === seen.trouble) return factors;
    const [before, now] = [linesOf(seen.persons), linesOf(persons)];
    this.#ledger.record("factors-changed", {
      persons,
      added: now.filter((line) => !before.includes(line)),
      removed: before.filter((line) => !now.includes(line)),
      ...(trouble === undefined ? {} : { trouble }),
    });
    this.#ledger.secure();
    return factors;
  }
}

function linesOf(persons: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(persons).flatMap(([person, marks]) => marks.map((mark) => `${person} ${mark}`));
}
