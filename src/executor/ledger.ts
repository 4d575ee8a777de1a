/** Journal and memory as one: what is written is known, and what is known was written. */
import type { JournalEntry, Operation } from "../protocol/plan.ts";
import type { JournalHead } from "../protocol/wire.ts";
import { openJournal } from "./journal/journal.ts";
import { ended, type Planned, planned } from "./journal/records.ts";
import { Memory, type Remembered } from "./memory.ts";
import { kinds } from "./operations/table.ts";

export interface Ledger {
  readonly memory: Memory;
  head(): JournalHead;
  /** Writes one record. It is a promise only after {@link Ledger.secure}. */
  record(kind: string, detail: Record<string, unknown>, op?: string): void;
  /** Returns once all that was recorded would survive a power cut. */
  secure(): void;
  planned(known: Remembered): Planned;
  /** How an operation stands, as far as the journal tells. */
  operation(known: Remembered): Operation;
  /** What the journal tells of an id, in the order of events. */
  entries(id: string): JournalEntry[];
  close(): void;
}

/** Opens the ledger of a state folder. Throws `JournalDamaged`, or what the disk throws. `now`: milliseconds. */
export function openLedger(folder: string, now: () => number): Ledger {
  const memory = new Memory();
  const journal = openJournal(folder, now, (placed) => memory.fold(placed));
  memory.forget(Math.floor(now() / 1000));

  const readPlan = (known: Remembered) => planned.parse(journal.read(known.plannedAt).detail);
  return {
    memory,
    head: journal.head,
    record(kind, detail, op) {
      memory.fold(journal.write(kind, detail, op));
    },
    secure: journal.secure,
    planned: readPlan,
    operation(known) {
      const { id, step, steps, state, started, cancelAsked } = known;
      const end = known.endedAt === undefined ? {} : ended.parse(journal.read(known.endedAt).detail);
      return {
        id,
        do: known.do,
        state: state === "accepted" ? "queued" : state,
        step,
        steps,
        ...(known.progress === undefined || state !== "running" ? {} : { progress: known.progress }),
        ...(state === "running" && kinds[known.do].whole === true ? { whole: true } : {}),
        ...(started === undefined ? {} : { started }),
        ...(known.ended === undefined ? {} : { ended: known.ended }),
        ...(cancelAsked === undefined ? {} : { cancelAsked }),
        ...end,
      };
    },
    entries: (id) =>
      memory.entries(id).map((offset) => {
        const { seq, at, kind, detail } = journal.read(offset);
        return { seq, at, kind, detail };
      }),
    close: journal.close,
  };
}
