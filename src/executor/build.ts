/**
 * Builds the executor as one file without dependencies, for the nodejs 20 that Debian 13 brings. Our own code keeps its
 * names, line breaks and indentation: an admin shall be able to read what runs on the hypervisor. Only the validation
 * library is minified, into one line at the top.
 *
 * A second file, for the tests alone, has the pause points of `points.ts` alive.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build as esbuild, type Plugin, transform } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/**
 * The bundle may not exceed this many bytes: an admin shall still be able to read it. First light had 150 KB; second
 * factors and approvals (45 KB) and what is done to VMs (32 KB) came on top, and each of them wants reading more than
 * squeezing.
 */
export const maximumSize = 240 * 1024;

export type Built = {
  /** The bundle to install. */
  readonly file: string;
  /** The same with pause points, for tests. */
  readonly withPoints: string;
  /** The root helper's bundle: it needs no library. */
  readonly helper: string;
  /** Bytes of `file`. */
  readonly size: number;
  /** The source files in it, relative to the repository; the validation library's are not among them. */
  readonly inputs: readonly string[];
};

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  charset: "utf8",
  legalComments: "none",
  logLevel: "error",
} as const satisfies BuildOptions;

/** What the library is called in the bundle. */
const library = "zodMini";

/** `zod/mini`, as far as our sources use it, as one minified statement. */
async function libraryCode(names: readonly string[]): Promise<string> {
  const used = names.map((name) => `${name}: z.${name}`).join(", ");
  // Without its jit the library makes no code at run time: what stands in the file is all that runs.
  const contents = `import * as z from "zod/mini"; z.config({ jitless: true }); ${library} = { ${used} };`;
  const built = await esbuild({
    ...common,
    stdin: { contents, resolveDir: root },
    format: "iife",
    minify: true,
    write: false,
  });
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, "node_modules/zod/package.json"), "utf8"));
  return `// zod ${manifest.version}, https://zod.dev, MIT licence, Copyright (c) 2025 Colin McDonnell; minified.\nlet ${library};\n${built.outputFiles[0]?.text ?? ""}`;
}

/** Lets our sources' `import * as z from "zod/mini"` find the statement that stands above them. */
function libraryAbove(names: readonly string[]): Plugin {
  const contents = `export const { ${names.join(", ")} } = ${library};`;
  return {
    name: "library-above",
    setup(build) {
      build.onResolve({ filter: /^zod\/mini$/ }, () => ({ path: "zod/mini", namespace: "above" }));
      build.onLoad({ filter: /.*/, namespace: "above" }, () => ({ contents }));
    },
  };
}

/** The names of the library that the sources use, looked for in their text: `z.string`, `z.strictObject`, … */
async function usedNames(inputs: readonly string[]): Promise<string[]> {
  // Functions only: `z.core` and `z.infer` stand in types, and would bring the whole library.
  const exported = new Map(Object.entries(await import("zod/mini")));
  const used = inputs.flatMap((input) =>
    [...readFileSync(join(root, input), "utf8").matchAll(/\bz\.(\w+)/g)].map((match) => match[1] ?? ""),
  );
  return [...new Set(used)].filter((name) => typeof exported.get(name) === "function").sort();
}

/** Our own source files that belong to the bundle. Throws where there is one that may not. */
async function sources(): Promise<string[]> {
  const entryPoints = ["src/executor/main.ts"];
  const scanned = await esbuild({
    ...common,
    entryPoints,
    format: "esm",
    external: ["zod/mini"],
    write: false,
    outfile: "dist/scan.mjs",
    metafile: true,
  });
  const inputs = Object.keys(scanned.metafile.inputs);
  const strangers = inputs.filter((input) => !/^src\/(executor|protocol)\//.test(input));
  if (strangers.length > 0) throw new Error(`the executor's bundle may not hold ${strangers.join(", ")}`);
  return inputs;
}

/**
 * Indents by one tab for two spaces, and leaves out the few comments that esbuild keeps (the sources have them all, and
 * each part is headed by its source's name). Throws where that would change more than the looks.
 */
async function lighter(code: string): Promise<string> {
  const light = code
    .replace(/^ *(?:\/\/(?! src\/).*|\/\*\*(?:[^*]|\*(?!\/))*\*\/)\n/gm, "")
    .replaceAll("/* @__PURE__ */ ", "")
    .replace(/^\/\/ src\/(?:executor\/|(?=protocol))/gm, "// ")
    .replace(/^(?: {2})+/gm, (spaces) => "\t".repeat(spaces.length / 2));
  const [before, after] = await Promise.all([code, light].map((text) => transform(text, { minifyWhitespace: true })));
  const [was, is] = [before?.code.replaceAll("/* @__PURE__ */", "") ?? "", after?.code ?? ""];
  const at = [...was].findIndex((character, index) => character !== is[index]);
  // A text of several lines whose next line begins with two spaces or a comment: write it as an array of lines.
  if (at >= 0) throw new Error(`the bundle's texts may not be changed: ${JSON.stringify(was.slice(at - 40, at + 40))}`);
  return light;
}

/** Whoever installs a bundle meanwhile has the old one or the new one, and never a half. */
function writeWhole(outfile: string, text: string): void {
  const beside = `${outfile}.${process.pid}`;
  writeFileSync(beside, text);
  renameSync(beside, outfile);
}

/** Writes the root helper's bundle. It has nothing of the daemon, nor of any library. */
async function buildHelper(outfile: string): Promise<void> {
  const entryPoints = ["src/executor/helper/main.ts"];
  const built = await esbuild({ ...common, entryPoints, outfile, format: "esm", write: false, metafile: true });
  const strangers = Object.keys(built.metafile.inputs).filter((input) => !/^src\/executor\/helper\//.test(input));
  if (strangers.length > 0) throw new Error(`the root helper's bundle may not hold ${strangers.join(", ")}`);
  const top = "#!/usr/bin/env node\n// Built by `npm run build:executor` of Manchot, from src/executor/helper.\n";
  writeWhole(outfile, `${top}${await lighter(built.outputFiles[0]?.text ?? "")}`);
}

/** Writes all bundles to `folder` (default: `dist` of the repository). Throws where they hold what they may not. */
export async function build(folder: string = join(root, "dist")): Promise<Built> {
  mkdirSync(folder, { recursive: true });
  const manifest: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const version = { MANCHOT_VERSION: JSON.stringify(manifest.version) };
  const inputs = await sources();
  const names = await usedNames(inputs);
  const top =
    "#!/usr/bin/env node\n// Built by `npm run build:executor` of Manchot, from src/executor and src/protocol: `// journal/read.ts` heads what is from there.";
  const js = `${top}\n${await libraryCode(names)}`;
  const write = async (outfile: string, define: Record<string, string>) => {
    const built = await esbuild({
      ...common,
      entryPoints: ["src/executor/main.ts"],
      outfile,
      format: "esm",
      // Folds constants and drops dead code, and nothing else.
      minifySyntax: true,
      define: { ...version, ...define },
      plugins: [libraryAbove(names)],
      write: false,
    });
    writeWhole(outfile, `${js}${await lighter(built.outputFiles[0]?.text ?? "")}`);
  };
  const file = join(folder, "manchot-executor.mjs");
  const withPoints = join(folder, "manchot-executor-points.mjs");
  const helper = join(folder, "manchot-helper.mjs");
  await Promise.all([
    write(file, { "process.env.MANCHOT_PAUSE_AT": "undefined" }),
    write(withPoints, {}),
    buildHelper(helper),
  ]);
  const size = readFileSync(file).byteLength;
  if (size > maximumSize) throw new Error(`the executor's bundle has ${size} bytes; at most ${maximumSize} may be`);
  return { file, withPoints, helper, size, inputs };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { file, size, inputs } = await build();
  console.log(`${file}: ${(size / 1024).toFixed(1)} KB from ${inputs.length} files`);
}
