/**
 * `npm run bench`: measures, and writes docs/figures.md. Ratios within one run; the machine's absolute times vary.
 * `npm run bench -- encryption` measures that part alone, and leaves the others as they stand.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus } from "node:os";
import { labNeeds } from "../lab/needs.ts";
import { build, maximumSize } from "../src/executor/build.ts";
import { encryptionFigures } from "./encryption.ts";
import { journeyFigures } from "./journey.ts";
import { labFigures } from "./lab.ts";

type Part = { readonly name: string; readonly title: string; readonly measure: () => Promise<string> };

const parts: readonly Part[] = [
  {
    name: "bundle",
    title: "The executor's bundle",
    async measure() {
      const bundle = await build();
      return `${(bundle.size / 1024).toFixed(1)} KB in one file, from ${bundle.inputs.length} source files, not minified; the build fails above ${maximumSize / 1024} KB.`;
    },
  },
  {
    name: "journey",
    title: "The journey against one fsynced commit",
    measure: async () =>
      `In one process with the simulated hypervisor in another, the policies and the store as they are live. Each message is several commits: into the inbox, to its outcome with the answer, delivered; a change has its plan, its application and its end in between, and the executor's own journal, which is fsynced before each step.\n\n${await journeyFigures()}`,
  },
  { name: "encryption", title: "The store of encryption", measure: encryptionFigures },
  {
    name: "lab",
    title: "On real parts",
    async measure() {
      const lab = await labNeeds("hypervisor", "synapse");
      if (lab.missing) return `Not measured: ${lab.name("")}.`;
      return `Synapse, and a hypervisor guest under emulation, where every command costs a few tenths of a second. A change by chat asks the host what is there before it plans and again before it acts.\n\n${await labFigures()}`;
    },
  },
];

const file = "docs/figures.md";
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0)
  throw new Error(`no part is called ${unknown.join(", ")}: ${parts.map(({ name }) => name).join(", ")}`);

/** What stands under each title. */
const before = new Map<string, string>();
if (existsSync(file)) {
  for (const section of readFileSync(file, "utf8").split(/^## /m).slice(1)) {
    const [title = "", ...text] = section.split("\n");
    before.set(title, text.join("\n").trim());
  }
}
const on = `on ${new Date().toISOString().slice(0, 10)}: ${cpus().length} ${arch()} processors that other work shares, Node ${process.versions.node}.`;
const sections: string[] = [];
for (const { name, title, measure } of parts) {
  const fresh = asked.length === 0 || asked.includes(name);
  const text = fresh ? `Measured ${on}\n\n${await measure()}` : before.get(title);
  if (text !== undefined) sections.push(`## ${title}\n\n${text}`);
}
const head =
  "# Figures\n\nWritten by `npm run bench`. Read the ratios: each table was measured in one run, its lines in turn; absolute times differ from machine to machine.";
mkdirSync("docs", { recursive: true });
writeFileSync(file, `${[head, ...sections].join("\n\n")}\n`);
process.stdout.write(`${file} is written.\n`);
