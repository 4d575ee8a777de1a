/** Listening on a Unix socket that only the right people may open. */
import { chmodSync, chownSync, lstatSync, readFileSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { wordsOf } from "./words.ts";

/** Connections to one socket at a time; more are closed at once. */
const maximumConnections = 32;

/** Why a socket cannot be opened, for people. */
export class SocketTrouble extends Error {}

/**
 * Listens at `path`: with a group for its members (0660), without for the owner and root (0600). A socket file that
 * nobody answers at is a dead daemon's and is removed; one that somebody answers at is left alone.
 */
export async function listenAt(
  path: string,
  group: string | undefined,
  serve: (socket: Socket) => void,
): Promise<Server> {
  const gid = group === undefined ? undefined : gidOf(group);
  await removeStale(path);
  // Ends are told apart: a peer that has said all may still read its answers.
  const server = createServer({ allowHalfOpen: true }, serve);
  server.maxConnections = maximumConnections;
  // From its first moment on nobody else may connect.
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
  } catch (error) {
    throw new SocketTrouble(`cannot listen at ${path}: ${wordsOf(error)}`);
  } finally {
    process.umask(umask);
  }
  if (gid !== undefined) {
    chownSync(path, -1, gid);
    chmodSync(path, 0o660);
  }
  return server;
}

function gidOf(group: string): number {
  const line = readFileSync("/etc/group", "utf8")
    .split("\n")
    .find((one) => one.startsWith(`${group}:`));
  const gid = Number(line?.split(":")[2]);
  if (line === undefined || !Number.isInteger(gid)) {
    throw new SocketTrouble(`there is no group ${group}. Mend it: manchot-executor setup --apply`);
  }
  return gid;
}

async function removeStale(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new SocketTrouble(`${path} is there and is no socket. Look at it, and move it away.`);
  if (await answers(path)) throw new SocketTrouble(`somebody else listens at ${path}. Stop that one first.`);
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "ECONNREFUSED"));
  });
}
