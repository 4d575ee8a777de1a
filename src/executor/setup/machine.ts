/** What the setup and the check do to the machine: commands without a shell, and files that are whole or not there. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  fchownSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

export type Argv = readonly [string, ...string[]];
export type Done = { readonly ok: boolean; readonly stdout: string; readonly stderr: string };

export function command([file, ...words]: Argv): Done {
  const done = spawnSync(file, words, {
    encoding: "utf8",
    env: { LC_ALL: "C", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 120_000,
  });
  return { ok: done.status === 0, stdout: done.stdout ?? "", stderr: done.error?.message ?? done.stderr ?? "" };
}

/** The file's text, or nothing where there is none. */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** `gid`: the group that it is to have, where that is not the writer's own. */
export function writeWhole(path: string, text: string, mode: number, gid?: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const next = `${path}.new`;
  const fd = openSync(next, "w", mode);
  try {
    if (gid !== undefined) fchownSync(fd, -1, gid);
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  chmodSync(next, mode);
  renameSync(next, path);
}

/** A user's groups and whether there is one, from the system's own files. */
export function userExists(name: string): boolean {
  return command(["/usr/bin/getent", "passwd", name]).ok;
}

/** The names of all imported pools. */
export function poolNames(): string[] {
  const { stdout } = command(["/usr/sbin/zpool", "list", "-H", "-o", "name"]);
  return stdout.split("\n").filter((name) => name !== "");
}

/** Whether the user may do all of these to the pool, as `zfs allow` tells it. */
export function isAllowed(pool: string, user: string, permissions: readonly string[]): boolean {
  const granted = command(["/usr/sbin/zfs", "allow", pool])
    .stdout.split("\n")
    .flatMap((line) => {
      const [who, name, what] = line.trim().split(/\s+/);
      return who === "user" && name === user ? (what ?? "").split(",") : [];
    });
  return permissions.every((permission) => granted.includes(permission));
}

/** What sshd would do for this user, one setting a line; empty where it cannot be asked. */
export function sshdFor(user: string): string {
  return command(["/usr/sbin/sshd", "-T", "-C", `user=${user},host=localhost,addr=127.0.0.1`]).stdout;
}
