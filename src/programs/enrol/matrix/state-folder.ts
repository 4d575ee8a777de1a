/** The folder of the bot's records, in which `serve` will look for the store of the keys. */
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { readText, readYaml } from "../../../config/document.ts";
import { whereOf } from "../../../config/problem.ts";
import type { Refused } from "../refused.ts";
import type { GivenMatrix } from "./given.ts";

/** All that is read of the configuration: it need not be whole yet. The default is src/config/schema.ts's. */
const schema = z.looseObject({ state: z.string().min(1).default("./state") });

/** Makes the folder where it is missing. */
export function stateFolder(state: GivenMatrix["state"]): { readonly folder: string } | Refused {
  const named = "folder" in state ? state : folderOf(state.config);
  if ("wrong" in named) return named;
  const { folder } = named;
  const another =
    "Run it as the user that the bot runs as (sudo -u …): the bot must be able to open what is made here.";
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid } = statSync(folder);
    if (uid !== process.geteuid?.()) return { wrong: `${folder} belongs to another user`, mend: another };
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const made = `Where the folder is missing, root makes it: install -d -m 700 -o USER ${folder}`;
    return { wrong: `${folder} cannot be made or written to (${code})`, mend: `${another}\n  ${made}` };
  }
  return { folder };
}

function folderOf(config: string): { readonly folder: string } | Refused {
  const text = readText(
    config,
    "Copy manchot.example.yaml to it; or name the folder of the bot's records with --state.",
  );
  const read = text.ok ? readYaml(config, text.text, schema) : text;
  if (read.ok) return { folder: resolve(dirname(config), read.value.state) };
  const [first] = read.problems;
  return first === undefined
    ? { wrong: `${config} cannot be read`, mend: "Name the folder with --state." }
    : { wrong: `${whereOf(first)}: ${first.message}`, mend: first.mend };
}
