/** Who is connected, and who of them wants to hear how an operation goes on. */
import type { Operation } from "../protocol/plan.ts";
import { isOver, type Remembered } from "./memory.ts";

/** One connection, as the executor sees it. */
export interface Session {
  /** Which socket it came in by; never something that a message says. */
  readonly identity: string;
  notify(operation: Operation): void;
}

export class Watchers {
  readonly #stands: (known: Remembered) => Operation;
  readonly #sessions = new Map<string, Set<Session>>();

  /** `stands`: how an operation stands just now. */
  constructor(stands: (known: Remembered) => Operation) {
    this.#stands = stands;
  }

  /** From now on this session hears of the operation, until that is over. */
  add(session: Session, known: Remembered): void {
    if (isOver(known)) return;
    const sessions = this.#sessions.get(known.id);
    if (sessions === undefined) this.#sessions.set(known.id, new Set([session]));
    else sessions.add(session);
  }

  tell(known: Remembered): void {
    const sessions = this.#sessions.get(known.id);
    if (sessions === undefined) return;
    const operation = this.#stands(known);
    for (const session of sessions) session.notify(operation);
    if (isOver(known)) this.#sessions.delete(known.id);
  }

  /** The connection is gone. */
  leave(session: Session): void {
    for (const [id, sessions] of this.#sessions) {
      sessions.delete(session);
      if (sessions.size === 0) this.#sessions.delete(id);
    }
  }
}
