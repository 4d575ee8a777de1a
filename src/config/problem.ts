/** What is wrong in a file that a person wrote: where, what, and how to mend it. Never a value that may be a secret. */
export type Problem = {
  readonly file: string;
  /** From 1; absent where the problem is the file as a whole. */
  readonly line?: number;
  /** From 1, in UTF-16 code units. */
  readonly column?: number;
  readonly message: string;
  /** What to do about it: a sentence or two. */
  readonly mend: string;
};

/** The keys that lead to a value in a file. */
export type Path = readonly PropertyKey[];

/** A place in a file. */
export type Position = { readonly line: number; readonly column: number };

/** Where an offset (in UTF-16 code units) into a text lies. */
export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
}

/** `file:line:column: what`, and below it how to mend it; the problems of a file together, in its order. */
export function printProblems(problems: readonly Problem[]): string {
  const files = [...new Set(problems.map((problem) => problem.file))];
  return files
    .flatMap((file) => problems.filter((problem) => problem.file === file).toSorted(byPosition))
    .map((problem) => `${whereOf(problem)}: ${problem.message}\n  ${problem.mend}`)
    .join("\n");
}

function byPosition(a: Problem, b: Problem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** `file:line:column`, as far as they are known. */
export function whereOf({ file, line, column }: Problem): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}
