/** YAML files that people write: read strictly, checked by a zod schema, with the place of everything that is wrong. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import type { z } from "zod";
import type { Path, Position, Problem } from "./problem.ts";
import { shapeProblems } from "./shape.ts";

type Located<T> = {
  readonly value: T;
  /** Where a value stands in the file; where it is not there, its nearest parent. */
  readonly at: (path: Path) => Position;
};

export type Read<T> =
  | ({ readonly ok: true } & Located<T>)
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Far more than people write, in bytes; what is larger would keep a bot that runs from everything else for minutes. */
const largestFile = 256 * 1024;

/** Reads a whole file as text, or says why it cannot. */
export function readText(file: string, mend: string): { ok: true; text: string } | { ok: false; problems: Problem[] } {
  const problem = (message: string): { ok: false; problems: Problem[] } => ({
    ok: false,
    problems: [{ file, message, mend }],
  });
  let fd: number | undefined;
  try {
    // Of a pipe that nobody writes to, the opening alone would never return.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(fd);
    if (!stat.isFile()) return problem("this is not a file");
    if (stat.size > largestFile)
      return problem(`this file is too large: ${stat.size} bytes, of ${largestFile} at most`);
    return { ok: true, text: readFileSync(fd, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return problem(code === "ENOENT" ? "this file is not there" : `this file cannot be read (${code})`);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Reads one YAML document and checks it. Tells every problem of its shape at once. */
export function readYaml<S extends z.ZodType>(file: string, text: string, schema: S): Read<z.output<S>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true });
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) {
    return { ok: false, problems: broken.map((error) => ({ file, ...position(error.pos[0]), ...inOurWords(error) })) };
  }
  const root = document.contents;
  const odd = oddities(document).map(({ node, ...words }) => ({ file, ...position(startOf(node)), ...words }));
  if (odd.length > 0) return { ok: false, problems: odd };
  const at = (path: Path): Position => position(offsetOf(root, path));
  const keyAt = (path: Path, key: string): Position => position(offsetOfKey(root, path, key));

  const parsed = schema.safeParse(document.toJS() ?? undefined, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data, at };
  return { ok: false, problems: shapeProblems(file, schema, parsed.error.issues, at, keyAt) };
}

/** What YAML allows, and a configuration has no use for. */
function oddities(document: Document): { node: unknown; message: string; mend: string }[] {
  const found: { node: unknown; message: string; mend: string }[] = [];
  visit(document, {
    Alias: (_, node) => {
      const mend = "Write the value out: a reader should see it where it counts.";
      found.push({ node, message: "an alias (*) stands here", mend });
    },
    Pair: (_, { key }) => {
      if (isScalar(key)) return;
      found.push({ node: key, message: "this key is not a word", mend: "Put text that begins with [ or { in quotes." });
    },
  });
  return found;
}

/** The library's words may quote the text, and the text may hold a secret: so only its code decides what is said. */
function inOurWords(error: YAMLError): { message: string; mend: string } {
  switch (error.code) {
    case "DUPLICATE_KEY":
      return { message: "this key stands twice", mend: "Keep one of the two." };
    case "TAB_AS_INDENT":
      return { message: "a tab indents this line", mend: "Indent with spaces." };
    case "BAD_INDENT":
    case "BLOCK_AS_IMPLICIT_KEY":
    case "BLOCK_IN_FLOW":
      return {
        message: "the indentation is not right here",
        mend: "Put keys that belong together under one another, two spaces further in than their parent.",
      };
    case "MISSING_CHAR":
      return {
        message: "something is not closed or separated here",
        mend: "Look for a missing quote, comma, colon or bracket.",
      };
    case "MULTIPLE_DOCS":
      return { message: "a second document begins here", mend: "Remove the line `---`: the file holds one document." };
    default:
      return {
        message: `this is not YAML (${error.code.toLowerCase().replaceAll("_", " ")})`,
        mend: "Look at this line and the one above it: indentation, quotes, colons. Put text with special characters in quotes.",
      };
  }
}

function offsetOf(root: unknown, path: Path): number {
  let node: unknown = root;
  for (const key of path) {
    const child: unknown =
      isNode(node) && "get" in node && typeof node.get === "function" ? node.get(key, true) : undefined;
    if (!isNode(child)) break;
    node = child;
  }
  return startOf(node);
}

function offsetOfKey(root: unknown, path: Path, key: string): number {
  let node: unknown = root;
  for (const step of path) {
    node = isNode(node) && "get" in node && typeof node.get === "function" ? node.get(step, true) : undefined;
  }
  if (!isMap(node)) return offsetOf(root, path);
  const pair = node.items.find((item) => isNode(item.key) && "value" in item.key && String(item.key.value) === key);
  return startOf(pair?.key);
}

function startOf(node: unknown): number {
  return isNode(node) ? ((node as Node).range?.[0] ?? 0) : 0;
}
