/** `manchot-executor`: the daemon on the hypervisor, and the commands of the host's own terminal. */
import { attach } from "./attach.ts";
import { check } from "./check/check.ts";
import { parseCommandLine } from "./command-line.ts";
import { daemon } from "./daemon.ts";
import { verify } from "./journal/verify.ts";
import { setup } from "./setup/setup.ts";
import { enrolFactor, revokeFactor } from "./terminal/enrol.ts";
import { terminal } from "./terminal/terminal.ts";
import { usage } from "./usage.ts";
import { complain } from "./words.ts";

/** Resolves with the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const command = parseCommandLine(argv);
  switch (command.name) {
    case "help":
      process.stdout.write(usage);
      return 0;
    case "not-understood":
      complain(`${command.why}\n\n${usage}`);
      return 2;
    case "attach":
      return attach(command.socket);
    case "serve":
      return daemon(command.config);
    case "check":
      return check(command.config);
    case "setup":
      return setup(command);
    case "journal verify":
      return verify(command);
    case "enrol-factor":
      return enrolFactor(command);
    case "revoke-factor":
      return revokeFactor(command);
    default:
      return terminal(command);
  }
}

// A relay's stdin may stay open for ever: what is done is done.
process.exit(await main(process.argv.slice(2)));
