/**
 * `manchot sign`: on a person's own machine, shows a plan as the executor wrote it, and makes the signature that approves it.
 * The signature is ssh-keygen's, by a key that never leaves the machine (or its token).
 */
import { spawn } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { ReadStream, WriteStream } from "node:tty";
import { signatureNamespace, signedText } from "../../protocol/plan.ts";
import { approvalLine } from "./approval-line.ts";
import { type Given, readGiven, signUsage } from "./given.ts";
import { readPlanText, type SignedPlan, type Unsignable } from "./plan-text.ts";

/** Resolves with the exit code: 0 signed, 1 not signed, 2 not understood. */
export async function sign(argv: readonly string[]): Promise<number> {
  const given = readGiven(argv);
  if ("wrong" in given) return complain(`${given.wrong}\n\n${signUsage}`, 2);
  const source = await planSource(given);
  if ("wrong" in source) return complain(source.wrong, 1);
  const plan = readPlanText(source.text);
  const objection = "wrong" in plan ? plan.wrong : objectionTo(plan, given.number);
  if ("wrong" in plan || objection !== undefined) return complain(objection ?? "it cannot be read", 1);
  process.stderr.write(`\n${plan.text}\n`);
  if (!given.yes && !(await agreed(plan))) return complain("nothing was signed", 1);
  const signed = await run(["ssh-keygen", "-Y", "sign", "-n", signatureNamespace, "-f", given.key], signedText(plan));
  const line = approvalLine(plan.request, signed.out);
  if (signed.code !== 0 || line === undefined) {
    return complain(
      "ssh-keygen made no signature: its own words stand above. Is it the right key, and its token plugged in?",
      1,
    );
  }
  process.stderr.write("Say this to the bot, in the plan's thread:\n");
  process.stdout.write(`${line}\n`);
  return 0;
}

function objectionTo(plan: SignedPlan, number: number | undefined): string | undefined {
  if (number !== undefined && number !== plan.request) {
    return `this is the plan of #${plan.request}, not of #${number}. Look which of them you mean`;
  }
  if (plan.expires <= Date.now())
    return `this plan expired at ${new Date(plan.expires).toISOString()}. Ask for it again`;
  return undefined;
}

async function planSource({ host, file, number }: Given): Promise<{ readonly text: string } | Unsignable> {
  if (host !== undefined) {
    const told = await run(["ssh", host, "manchot-executor", "plan", String(number)], "");
    return told.code === 0
      ? { text: told.out }
      : { wrong: `${host} does not tell the plan of #${number}: its own words stand above. There it wants root` };
  }
  if (file !== undefined) {
    try {
      return { text: readFileSync(file, "utf8") };
    } catch (error) {
      return {
        wrong: `${file} cannot be read (${error instanceof Error && "code" in error ? error.code : "unknown"})`,
      };
    }
  }
  if (process.stdin.isTTY) process.stderr.write("Paste the plan, from `Manchot plan 1` to its line `expires: …`:\n");
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk;
    if (/^expires: .*$/mu.test(text)) break;
    if (text.length > 1024 * 1024) return { wrong: "that is too much for a plan" };
  }
  return { text };
}

/** Asks at the terminal itself: what is piped in is the plan, and says yes to nothing. */
async function agreed(plan: SignedPlan): Promise<boolean> {
  let terminal: number;
  try {
    terminal = openSync("/dev/tty", "r+");
  } catch {
    process.stderr.write("There is no terminal to ask at; --yes signs without.\n");
    return false;
  }
  const [input, output] = [new ReadStream(terminal), new WriteStream(terminal)];
  const lines = createInterface({ input, output });
  const answer = await lines.question(`Sign this plan for ${plan.host}? Type its number, ${plan.request}: `);
  lines.close();
  input.destroy();
  return answer.trim().replace("#", "") === String(plan.request);
}

/** What the program says goes to the person; so do its questions (a passphrase, a touch). */
function run(argv: readonly [string, ...string[]], input: string): Promise<{ code: number | null; out: string }> {
  const [program, ...words] = argv;
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ["pipe", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      out += chunk;
    });
    // Where it ends before it has read all, its exit code tells.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    child.once("error", (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve({ code: null, out: "" });
    });
    child.once("close", (code) => resolve({ code, out }));
  });
}

function complain(what: string, code: number): number {
  process.stderr.write(`manchot sign: ${what}\n`);
  return code;
}
