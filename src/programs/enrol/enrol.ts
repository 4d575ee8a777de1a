/**
 * `manchot enrol`: prepares the bot's account on a network, and prints what belongs into `.env` and `manchot.yaml`. What it
 * does goes to stderr, what is to be pasted to stdout, and secrets to neither.
 */
import { openSecrets } from "./ask-secret.ts";
import { enrolUsageOf, readGiven } from "./given.ts";

const tell = (line: string): void => void process.stderr.write(`${line}\n`);

/** The exit code: 1 where something could not be done, 2 where the command line is wrong. */
export async function enrol(argv: readonly string[]): Promise<number> {
  const given = readGiven(argv);
  if ("wrong" in given) {
    tell(`manchot enrol: ${given.wrong}\n\n${enrolUsageOf(argv[0])}`);
    return 2;
  }
  const secrets = openSecrets();
  try {
    // Each network's client takes its time to load.
    const failed =
      given.network === "matrix"
        ? await (await import("./matrix/enrol.ts")).enrolMatrix(given, secrets.ask)
        : await (await import("./fediverse/enrol.ts")).enrolFediverse(given, secrets.ask);
    if (typeof failed === "number") return failed;
    tell(`manchot enrol: ${failed.wrong}\n  ${failed.mend}`);
    return 1;
  } finally {
    secrets.close();
  }
}
