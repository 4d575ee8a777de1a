/**
 * `attach`: what sshd runs for the bot, whatever command it asked for. Joins stdin and stdout to the daemon's socket,
 * byte for byte, and understands nothing: the daemon checks. Ends when either side ends.
 */
import { connect } from "node:net";
import { complain } from "./words.ts";

/** Resolves with the exit code: 1 where the daemon is not there or went away in the middle of something. */
export function attach(path: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({ path, allowHalfOpen: true });
    socket.once("connect", () => {
      process.stdin.pipe(socket);
      socket.pipe(process.stdout);
    });
    socket.once("error", (error) => {
      complain(`the daemon does not answer at ${path}: ${error.message}`);
      resolve(1);
    });
    // The daemon ends after its last answer: then there is nothing left to wait for.
    socket.once("end", () => process.stdout.end(() => resolve(0)));
    process.stdout.once("error", () => resolve(0));
    process.stdin.once("error", () => resolve(0));
  });
}
