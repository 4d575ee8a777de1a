/**
 * One executor for one state folder. The lock is an abstract Unix socket: only one process can have it, and the kernel
 * frees it the moment that process is gone, however it went. No file can be left behind.
 */
import { mkdirSync, statSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { sha256 } from "./canonical.ts";

/** Takes the lock, or gives nothing: another executor has it. It holds for as long as this process lives. */
export function lockState(folder: string): Promise<Server | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The folder itself, whatever path leads to it.
  const { dev, ino } = statSync(folder);
  const name = `\0manchot-executor-${sha256(`${dev} ${ino}`).slice(0, 32)}`;
  return new Promise((resolve, reject) => {
    const server = createServer((stranger) => stranger.destroy());
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolve(server);
    });
  });
}
