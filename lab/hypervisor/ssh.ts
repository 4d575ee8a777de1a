/** One SSH connection to the guest, kept open: a new one costs more than a second under emulation. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type SFTPWrapper } from "ssh2";
import type { Ended } from "../run.ts";

export class GuestConnection {
  private client: Client | undefined;
  private readonly port: number;
  private readonly keyFile: string;

  constructor(port: number, keyFile: string) {
    this.port = port;
    this.keyFile = keyFile;
  }

  /** Connects, trying for so long as the guest may take to boot. */
  async open(withinMs: number): Promise<void> {
    const until = Date.now() + withinMs;
    for (;;) {
      try {
        this.client = await this.connect();
        return;
      } catch (fault) {
        if (Date.now() > until) throw new Error(`no ssh to the guest within ${withinMs} ms: ${String(fault)}`);
        await sleep(100);
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
      });
      const privateKey = readFileSync(this.keyFile);
      client.connect({
        host: "127.0.0.1",
        port: this.port,
        username: "root",
        privateKey,
        readyTimeout: 20_000,
        keepaliveInterval: 0,
      });
    });
  }

  /** Runs one command by its argv; each argument reaches the program as it is. */
  async run(
    argv: readonly string[],
    options: { readonly input?: string; readonly timeoutMs?: number } = {},
  ): Promise<Ended> {
    if (this.client === undefined) await this.open(60_000);
    const client = this.client;
    if (client === undefined) throw new Error("the guest is not connected");
    return await new Promise<Ended>((resolve, reject) => {
      client.exec(argv.map(quoted).join(" "), (fault, channel) => {
        if (fault) return reject(fault);
        let stdout = "";
        let stderr = "";
        let code: number | null = null;
        const limit = options.timeoutMs ?? 120_000;
        const timer = setTimeout(() => {
          channel.close();
          reject(new Error(`${argv[0]} took more than ${limit} ms in the guest`));
        }, limit);
        channel.on("data", (data: Buffer) => (stdout += data.toString("utf8")));
        channel.stderr.on("data", (data: Buffer) => (stderr += data.toString("utf8")));
        channel.on("exit", (exit: number | null) => (code = exit));
        channel.on("close", () => {
          clearTimeout(timer);
          resolve({ code, stdout, stderr });
        });
        channel.end(options.input ?? "");
      });
    });
  }

  async copyIn(local: string, remote: string): Promise<void> {
    if (this.client === undefined) await this.open(60_000);
    const client = this.client;
    if (client === undefined) throw new Error("the guest is not connected");
    const sftp = await new Promise<SFTPWrapper>((resolve, reject) =>
      client.sftp((fault, made) => (fault ? reject(fault) : resolve(made))),
    );
    await new Promise<void>((resolve, reject) =>
      sftp.fastPut(local, remote, (fault) => (fault ? reject(fault) : resolve())),
    );
    sftp.end();
  }

  close(): void {
    this.client?.destroy();
    this.client = undefined;
  }
}

/** For the guest's login shell: within single quotes nothing has a meaning. */
const quoted = (argument: string): string => `'${argument.replaceAll("'", "'\\''")}'`;
