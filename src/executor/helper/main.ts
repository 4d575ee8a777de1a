/**
 * `manchot-helper`: run by systemd as root for one connection to its socket, which root and the daemon's group alone may
 * open. Reads one line from it, does what that says if it is one of the fixed orders, answers one line, and ends. What it
 * did goes to its log.
 */
import { spawnSync } from "node:child_process";
import { readSync, writeSync } from "node:fs";
import { longestOrder, looksFor, readOrder } from "./orders.ts";

type Answer = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** An agent has a minute to answer, by libvirt's own clock. */
const timeout = 70_000;
const maxBuffer = 16 * 1024;
/** Exit code of an order that is none. */
const notAnOrder = 2;

function run([program, ...words]: readonly [string, ...string[]]): Answer {
  const env = { LC_ALL: "C" };
  const done = spawnSync(program, words, {
    cwd: "/",
    env,
    encoding: "utf8",
    timeout,
    killSignal: "SIGKILL",
    maxBuffer,
  });
  return { code: done.status, stdout: done.stdout ?? "", stderr: done.error?.message ?? done.stderr ?? "" };
}

function answerTo(line: string): Answer {
  const order = readOrder(line);
  if (order === undefined) {
    log(`refused, not an order: ${JSON.stringify(line)}`);
    return { code: notAnOrder, stdout: "", stderr: "not an order" };
  }
  const found = run(looksFor(order));
  if (found.code !== 0) {
    log(`refused, no such VM: ${order.argv.join(" ")}`);
    return found;
  }
  const answer = run(order.argv);
  log(`${order.argv.join(" ")}: exit ${answer.code ?? "none"} ${JSON.stringify(answer.stderr.trim())}`);
  return answer;
}

function log(what: string): void {
  writeSync(2, `manchot-helper: ${what}\n`);
}

/** One line, without its end; what is longer than any order is cut, and is none. */
function readLine(): string {
  const bytes = Buffer.alloc(longestOrder + 1);
  let length = 0;
  while (length < bytes.length && !bytes.subarray(0, length).includes(0x0a)) {
    const read = readSync(0, bytes, length, bytes.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length).toString("utf8").split("\n", 1)[0] ?? "";
}

function say(answer: Answer): void {
  try {
    writeSync(1, `${JSON.stringify(answer)}\n`);
  } catch {
    // A daemon does not wait for an agent as long as libvirt does. What was done stands in the log.
    log("nobody waits for the answer any more");
  }
}

say(answerTo(readLine()));
