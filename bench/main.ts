/** `npm run bench`: measures, and writes docs/figures.md. Ratios within one run; the machine's absolute times vary. */
import { mkdirSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { labNeeds } from "../lab/needs.ts";
import { build, maximumSize } from "../src/executor/build.ts";
import { journeyFigures } from "./journey.ts";
import { labFigures } from "./lab.ts";

const bundle = await build();
const lab = await labNeeds("hypervisor", "synapse");
const sections = [
  "# Figures",
  `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} ${arch()} processors that other work shares, Node ${process.versions.node}. Read the ratios: each table was measured in one run, its lines in turn; absolute times differ from machine to machine.`,
  "## The executor's bundle",
  `${(bundle.size / 1024).toFixed(1)} KB in one file, from ${bundle.inputs.length} source files, not minified; the build fails above ${maximumSize / 1024} KB.`,
  "## The journey against one fsynced commit",
  "In one process with the simulated hypervisor in another, the policies and the store as they are live. Each message is several commits: into the inbox, to its outcome with the answer, delivered; a change has its plan, its application and its end in between, and the executor's own journal, which is fsynced before each step.",
  await journeyFigures(),
  "## On real parts",
  lab.missing
    ? `Not measured: ${lab.name("")}.`
    : `Synapse, and a hypervisor guest under emulation, where every command costs a few tenths of a second. A change by chat asks the host what is there before it plans and again before it acts.\n\n${await labFigures()}`,
];
mkdirSync("docs", { recursive: true });
writeFileSync("docs/figures.md", `${sections.join("\n\n")}\n`);
process.stdout.write("docs/figures.md is written.\n");
