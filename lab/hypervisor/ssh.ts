/** One SSH connection to the guest, kept open: a new one costs more than a second under emulation. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "ssh2";
import type { Ended } from "../run.ts";

export type RunOptions = {
  readonly input?: string | Uint8Array;
  /** Default: two minutes. Past it the promise rejects, and the command may go on in the guest. */
  readonly timeoutMs?: number;
};

export class GuestConnection {
  private client: Client | undefined;
  private readonly port: number;
  private readonly keyFile: string;
  private readonly hostKey: Buffer;

  /** `hostKey` is a line as in a .pub file; another key is refused. */
  constructor(port: number, keyFile: string, hostKey: string) {
    this.port = port;
    this.keyFile = keyFile;
    this.hostKey = Buffer.from(hostKey.split(" ")[1] ?? "", "base64");
  }

  /** Connects, trying for so long as the guest may take to boot. */
  async open(withinMs: number): Promise<Client> {
    for (const until = Date.now() + withinMs; ; await sleep(100)) {
      try {
        this.client = await this.connect();
        return this.client;
      } catch (fault) {
        if (Date.now() > until) throw new Error(`no ssh to the guest within ${withinMs} ms: ${String(fault)}`);
      }
    }
  }

  private connect(): Promise<Client> {
    return new Promise((resolve, reject) => {
      const client = new Client();
      client.once("ready", () => resolve(client));
      client.on("error", reject);
      client.on("close", () => {
        if (this.client === client) this.client = undefined;
        reject(new Error("the guest closed the connection"));
      });
      client.connect({
        host: "127.0.0.1",
        port: this.port,
        username: "root",
        privateKey: readFileSync(this.keyFile),
        hostVerifier: (key: Buffer) => key.equals(this.hostKey),
        readyTimeout: 20_000,
      });
    });
  }

  /** Runs one command by its argv; each argument reaches the program as it is. `code` is null where a signal ended it. */
  async run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const client = this.client ?? (await this.open(60_000));
    return await new Promise<Ended>((resolve, reject) => {
      const limit = options.timeoutMs ?? 120_000;
      const late = new Error(`${argv[0]} took more than ${limit} ms in the guest`);
      const timer = setTimeout(() => reject(late), limit);
      const lost = (): void => {
        clearTimeout(timer);
        reject(new Error(`the connection to the guest was lost while ${argv[0]} ran`));
      };
      client.once("close", lost);
      client.exec(argv.map(quoted).join(" "), (fault, channel) => {
        if (fault) {
          clearTimeout(timer);
          reject(fault);
          return;
        }
        const stdout: Buffer[] = [];
        const stderr: Buffer[] = [];
        let code: number | null = null;
        let ended = false;
        channel.on("data", (data: Buffer) => stdout.push(data));
        channel.stderr.on("data", (data: Buffer) => stderr.push(data));
        channel.on("exit", (exit: number | null) => {
          code = exit;
          ended = true;
        });
        channel.on("close", () => {
          clearTimeout(timer);
          client.off("close", lost);
          if (!ended) return lost();
          const text = (parts: Buffer[]) => Buffer.concat(parts).toString("utf8");
          resolve({ code, stdout: text(stdout), stderr: text(stderr) });
        });
        channel.on("error", () => {});
        channel.end(options.input ?? "");
      });
    });
  }

  /** Copies a file into the guest; what stood under that name is overwritten. */
  async copyIn(local: string, remote: string): Promise<void> {
    const written = await this.run(["dd", "bs=1M", "status=none", `of=${remote}`], { input: readFileSync(local) });
    if (written.code !== 0) throw new Error(`${remote} could not be written in the guest: ${written.stderr}`);
  }

  close(): void {
    this.client?.destroy();
    this.client = undefined;
  }
}

/** For the guest's login shell: within single quotes nothing has a meaning. */
export const quoted = (argument: string): string => `'${argument.replaceAll("'", "'\\''")}'`;
