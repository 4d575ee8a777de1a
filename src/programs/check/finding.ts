/** What a check found. */
export type Finding = {
  readonly what: string;
  /** Absent: it is well. */
  readonly trouble?: string;
  readonly mend?: string;
  /** To be known, and no failure. */
  readonly mild?: boolean;
};

export const well = (what: string): Finding => ({ what });
export const fails = (what: string, trouble: string, mend: string): Finding => ({ what, trouble, mend });
export const note = (what: string, trouble: string, mend: string): Finding => ({ what, trouble, mend, mild: true });

/** Two lines where something is wrong, as `manchot-executor check` has them. */
export function printFinding({ what, trouble, mend, mild }: Finding): string {
  if (trouble === undefined) return `ok     ${what}`;
  return `${mild === true ? "note " : "FAILS"}  ${what}: ${trouble}\n       mend: ${mend}`;
}
