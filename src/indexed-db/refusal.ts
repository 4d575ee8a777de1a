/** Why a file is not opened. */
export type Why =
  /** Another process has it, or it is already open in this one. */
  | "in-use"
  /** It is not as it was written: it must not be gone on with. */
  | "damaged"
  /** Another program's database. */
  | "not-ours"
  /** Written by a newer version of this program. */
  | "newer"
  /** It cannot be read or written: rights, a full disk, a folder in its place. */
  | "unwritable";

export type Refusal = {
  readonly ok: false;
  readonly why: Why;
  /** What happened, with the file's path; what to do about it depends on what the file is for. */
  readonly message: string;
};

export class Refused extends Error {
  override readonly name = "Refused";
  readonly why: Why;

  constructor(why: Why, message: string, options?: ErrorOptions) {
    super(message, options);
    this.why = why;
  }
}

/** The file's content is not what was written. */
export class Damaged extends Refused {
  constructor(what: string, options?: ErrorOptions) {
    super("damaged", `is damaged: ${what}. It was not opened.`, options);
  }
}

/** What SQLite or the system said, as a refusal of ours; a fault that is none of these stays what it is. */
export function refusalOf(fault: unknown): Refused | undefined {
  if (fault instanceof Refused) return fault;
  if (!(fault instanceof Error) || !("code" in fault) || typeof fault.code !== "string") return undefined;
  const because = { cause: fault };
  if (/^SQLITE_(BUSY|LOCKED)/.test(fault.code)) {
    return new Refused("in-use", "is in use: another process has it open, or this one has it open already.", because);
  }
  if (fault.code === "SQLITE_NOTADB") return new Damaged("it is not a database, or its beginning is spoilt", because);
  if (/^SQLITE_(CORRUPT|ERROR|MISMATCH|FORMAT)/.test(fault.code)) return new Damaged(fault.message, because);
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)$/.test(fault.code)) {
    return new Refused("unwritable", "cannot be written: the disk is full.", because);
  }
  if (/^(SQLITE_(IOERR|CANTOPEN|READONLY|PERM)|E[A-Z]+$)/.test(fault.code)) {
    const words = `cannot be opened for writing (${fault.message}). It and its folder must belong to this user.`;
    return new Refused("unwritable", words, because);
  }
  return undefined;
}
