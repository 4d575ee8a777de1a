// Runs a command of this project, installing its packages first where a fresh clone has none yet. Plain JavaScript for
// the machine's own Node (20 or later): `node bin/installed.mjs [command [argument …]]`. The command finds the project's
// own Node 24 first on PATH.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "node_modules", ".manchot-installed");

/** The environment in which the project's programs run: its own Node before the machine's. */
export function environment() {
  return { ...process.env, PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}` };
}

/** Installs the packages that package-lock.json names, unless just these are installed already. */
export function install() {
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package.json")))
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("Installing what Manchot needs (once, about a minute) …\n");
  // "npm ci" refuses a lock file made where other platforms' optional packages cannot be seen; --no-save keeps ours.
  const done = spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (done.status !== 0) {
    process.stderr.write(
      "The installation failed; the lines above say why. Mend that and start again: nothing is lost.\n",
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  install();
  const [command, ...args] = process.argv.slice(2);
  if (command !== undefined) {
    const ran = spawnSync(command, args, { stdio: "inherit", env: environment() });
    if (ran.error) process.stderr.write(`${command}: ${ran.error.message}\n`);
    process.exit(ran.status ?? 1);
  }
}
