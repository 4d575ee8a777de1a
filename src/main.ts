/** The `manchot` program. */
import { parseArgs } from "node:util";
import { faultOf, type LogLevel } from "./log.ts";
import { enrolUsage, enrolUsageOf } from "./programs/enrol/given.ts";
import { policyUsage } from "./programs/policy/given.ts";
import { signUsage } from "./programs/sign/given.ts";
import { StoreUnavailable } from "./store/unavailable.ts";

const usage = `manchot sandbox [--state FOLDER] [--as PERSON] [--policies FOLDER]
    The whole system in this terminal, over a simulated hypervisor. Nothing real is touched. From a pipe: one message a line.
manchot serve [--config manchot.yaml] [--policies FOLDER]
    The live bot. Its access tokens come from the environment (.env.example names the variables).
manchot check [--config manchot.yaml] [--policies FOLDER]
    Everything that would fail at serve, each with its mend: files, networks, executor. It changes nothing and posts nothing.
${policyUsage}${enrolUsage}${signUsage}  --log debug|info|warn|error|silent   how much goes to stderr (sandbox: silent, serve: info)
`;

const levels = ["debug", "info", "warn", "error", "silent"] as const satisfies readonly LogLevel[];

/** Each program is loaded only when it is called: the sandbox has no need of a Matrix client, which takes its time. */
async function main(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  const separator = rest.indexOf("--");
  if (verb === "help" || verb === "--help" || rest.slice(0, separator < 0 ? undefined : separator).includes("--help")) {
    process.stdout.write(helpOn(verb, rest));
    return 0;
  }
  if (verb === "enrol") return await (await import("./programs/enrol/enrol.ts")).enrol(rest);
  if (verb === "sign") return await (await import("./programs/sign/sign.ts")).sign(rest);
  if (verb === "policy") return (await import("./programs/policy/policy.ts")).policy(rest);
  let values: { config?: string; state?: string; as?: string; policies?: string; log?: string };
  try {
    const text = { type: "string" } as const;
    const options = {
      config: text,
      state: text,
      as: text,
      policies: text,
      log: text,
    } as const;
    ({ values } = parseArgs({ args: [...rest], options }));
  } catch (error) {
    return misused(error instanceof Error ? error.message : String(error));
  }
  const logLevel = levels.find((level) => level === values.log);
  if (values.log !== undefined && logLevel === undefined) return misused(`--log knows ${levels.join(", ")}`);
  const policies = values.policies === undefined ? {} : { policies: values.policies };
  const live = { config: values.config ?? "manchot.yaml", logLevel: logLevel ?? "info", ...policies } as const;
  switch (verb) {
    case "sandbox": {
      const state = values.state === undefined ? {} : { state: values.state };
      const as = values.as === undefined ? {} : { as: values.as };
      const { sandbox } = await import("./programs/sandbox.ts");
      return await sandbox({ logLevel: logLevel ?? "silent", ...state, ...as, ...policies });
    }
    case "serve":
      return await (await import("./programs/serve.ts")).serve(live);
    case "check":
      return await (await import("./programs/check/check.ts")).check(live);
    default:
      return misused(verb === undefined ? "what shall it do?" : `it knows no ${verb}`);
  }
}

/** What is said of one verb alone, where it has words of its own. */
function helpOn(verb: string | undefined, rest: readonly string[]): string {
  if (verb === "enrol") return enrolUsageOf(rest[0]);
  if (verb === "sign") return signUsage;
  return verb === "policy" ? policyUsage : usage;
}

function misused(what: string): number {
  process.stderr.write(`manchot: ${what}\n\n${usage}`);
  return 2;
}

// The one boundary: whatever was not expected ends the program, and says so without fields that may hold secrets.
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (fault) {
  process.stderr.write(
    fault instanceof StoreUnavailable
      ? `manchot: ${fault.message}\n`
      : `manchot: ${faultOf(fault).stack ?? faultOf(fault).fault}\n`,
  );
  process.exitCode = 1;
}
