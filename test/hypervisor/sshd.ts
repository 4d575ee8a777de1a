/** A real OpenSSH server on loopback, in a folder of its own, whose one key runs one forced command. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { until } from "./listeners.ts";

const sshdPath = "/usr/sbin/sshd";

/** Undefined where the tests can run; else the reason why they cannot. */
export const missing: string | undefined = existsSync(sshdPath) ? undefined : "no OpenSSH server on this machine";

export interface Sshd {
  readonly port: number;
  readonly user: string;
  /** The private key that it accepts, and its file. */
  readonly privateKey: string;
  readonly keyFile: string;
  /** The public line of host key 1 or 2. */
  hostKeyLine(number: 1 | 2): string;
  /** Everything that it logged. */
  log(): string;
  /** Starts it with host key 1 or 2 on the same port. At DEBUG2 its own words also come to the client's stderr. */
  start(hostKey?: 1 | 2, logLevel?: "DEBUG2" | "VERBOSE"): Promise<void>;
  /** SIGKILL, with all its sessions. */
  kill(): Promise<void>;
  /** Its sessions' processes. */
  sessions(): number[];
}

export async function prepareSshd(folder: string, forced: string): Promise<Sshd> {
  for (const name of ["host1", "host2", "client"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(folder, name)]);
  }
  const port = await freePort();
  const clientLine = readFileSync(join(folder, "client.pub"), "utf8").trim();
  writeFileSync(join(folder, "authorized_keys"), `restrict,command="${forced}" ${clientLine}\n`);
  // Where it runs as root, OpenSSH insists on this folder of its own.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true });
  let running: ChildProcess | undefined;
  let log = "";

  function descendants(of: number): number[] {
    const children = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => parentOf(pid) === of)
      .map(Number);
    return children.flatMap((child) => [...descendants(child), child]);
  }
  const sessions = (): number[] => (running?.pid === undefined ? [] : descendants(running.pid));

  return {
    port,
    user: userInfo().username,
    privateKey: readFileSync(join(folder, "client"), "utf8"),
    keyFile: join(folder, "client"),
    hostKeyLine: (number) => readFileSync(join(folder, `host${number}.pub`), "utf8"),
    log: () => log,
    async start(hostKey = 1, logLevel = "DEBUG2") {
      const config = join(folder, "sshd_config");
      const lines = [
        `Port ${port}`,
        "ListenAddress 127.0.0.1",
        `HostKey ${join(folder, `host${hostKey}`)}`,
        `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
        "PidFile none",
        "UsePAM no",
        // One level down bash reads no ~/.bashrc: whatever a developer has there may not slow a test, or be killed in its midst.
        "SetEnv SHLVL=1",
        "StrictModes no",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "PermitRootLogin forced-commands-only",
        "MaxStartups 100",
        `LogLevel ${logLevel}`,
      ];
      writeFileSync(config, `${lines.join("\n")}\n`);
      const before = log.length;
      const child = spawn(sshdPath, ["-D", "-e", "-f", config], { stdio: ["ignore", "ignore", "pipe"] });
      running = child;
      child.stderr.on("data", (chunk: Buffer) => {
        log += chunk.toString("utf8");
      });
      await until("sshd listens", () => log.slice(before).includes("Server listening") || child.exitCode !== null);
      if (child.exitCode !== null) throw new Error(`sshd did not start: ${log.slice(before)}`);
    },
    async kill() {
      const child = running;
      if (child?.pid === undefined || child.exitCode !== null) return;
      const all = sessions();
      const gone = new Promise((done) => child.once("exit", done));
      child.kill("SIGKILL");
      for (const pid of all) kill(pid);
      await gone;
      running = undefined;
    },
    sessions,
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended before.
  }
}

function parentOf(pid: string): number | undefined {
  try {
    // The name in parentheses may hold anything; what follows its last one does not.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject()));
    });
  });
}
