/** `manchot check`: everything that would fail at `serve`, each with its mend. It changes nothing and posts nothing. */
import { statSync } from "node:fs";
import type { Config } from "../../config/load.ts";
import { whereOf } from "../../config/problem.ts";
import { scrubber } from "../../log.ts";
import { type LiveOptions, readStart, secretsFile, tokensOf } from "../ports.ts";
import { clockFindings } from "./clock.ts";
import { type Finding, fails, note, printFinding, well } from "./finding.ts";
import { executorFindings, networkFindings } from "./peers.ts";
import { stateFindings } from "./state.ts";

/** The exit code: 1 where something would fail. */
export async function check(options: LiveOptions): Promise<number> {
  const start = readStart(options);
  const { config } = start;
  const findings = [
    ...(start.ok
      ? [
          well("configuration, people and secrets"),
          well(`policies and their ${start.policies.cases} cases (${start.policies.hash.slice(0, 12)})`),
          well("the bot's key and the host key"),
        ]
      : start.problems.map((problem) => fails(whereOf(problem), problem.message, problem.mend))),
    ...modeFindings(secretsFile(options)),
    ...(config === undefined ? [] : await beyondTheFiles(config)),
  ];
  const scrub = scrubber(config === undefined ? [] : tokensOf(config));
  for (const finding of findings) process.stdout.write(`${scrub(printFinding(finding))}\n`);
  return findings.some(({ trouble, mild }) => trouble !== undefined && mild !== true) ? 1 : 0;
}

async function beyondTheFiles(config: Config): Promise<Finding[]> {
  // They wait for others: all at once.
  const [networks, executor] = await Promise.all([networkFindings(config), executorFindings(config)]);
  return [
    ...stateFindings(config.state),
    well(`the time zone, ${config.timezone}: it is ${timeIn(config.timezone)} there`),
    ...clockFindings(),
    ...networks,
    ...executor,
  ];
}

function modeFindings(file: string): Finding[] {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat === undefined || (stat.mode & 0o007) === 0) return [];
  return [note("the file of the secrets", `everybody on this machine may read ${file}`, `chmod 600 ${file}`)];
}

function timeIn(timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "short" }).format(Date.now());
}
