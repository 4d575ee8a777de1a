/** The whole product on real parts: Synapse, the hypervisor guest with the executor installed, and the bot's own process. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Hypervisor, startHypervisor } from "../../lab/hypervisor.ts";
import { type Installed, installExecutor } from "../../lab/install-executor.ts";
import { createMatrixClient, type MatrixClient } from "../../lab/matrix-client.ts";
import { type Synapse, startSynapse } from "../../lab/synapse.ts";
import { type Program, startProgram } from "./process.ts";

export type Live = {
  readonly synapse: Synapse;
  readonly guest: Hypervisor;
  readonly executor: Installed;
  readonly zelie: MatrixClient;
  readonly mallory: MatrixClient;
  /** The bot's account, to read as nobody but the tests do. */
  readonly botUser: string;
  readonly room: string;
  readonly folder: string;
  /** Starts `manchot serve`; ready when it listens, unless it pauses at a point before. */
  startBot(options?: {
    readonly pauseAt?: string;
    readonly ready?: boolean;
    /** Whether to wait until the executor answers, too: by default as `ready`. */
    readonly reachable?: boolean;
    readonly env?: Readonly<Record<string, string>>;
  }): Promise<Program>;
  /** Writes the configuration anew, with another host key for instance. */
  configure(changes: { readonly hostKey?: string; readonly port?: number }): void;
  stop(): Promise<void>;
};

export type LiveOptions = {
  /** The file in dist/ that is installed in the guest. */
  readonly bundle?: string;
  /** What the executor's rate limit is there; the default of the product is 10 a minute. */
  readonly limits?: { readonly perMinute: number; readonly perHour: number };
};

export async function startLive(options: LiveOptions = {}): Promise<Live> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-live-"));
  const [synapse, guest] = await Promise.all([startSynapse(), startHypervisor()]);
  const executor = await installExecutor(guest, options.bundle === undefined ? {} : { bundle: options.bundle });
  if (options.limits !== undefined) await setLimits(guest, options.limits);

  const bot = await synapse.register("manchot");
  const admin = await synapse.register("zelie");
  const stranger = await synapse.register("mallory");
  const zelie = createMatrixClient(synapse.url, admin);
  const mallory = createMatrixClient(synapse.url, stranger);

  const running = new Set<Program>();
  let current = { hostKey: guest.hostKey.fingerprint, port: guest.port };
  const configuration = join(folder, "manchot.yaml");
  const write = (): void =>
    writeFileSync(
      configuration,
      [
        "name: liberta",
        "language: fr",
        "timezone: Europe/Paris",
        // What is kept for being late is another test's; here a slow machine must not make it so.
        "age: 24 h",
        `state: ${join(folder, "state")}`,
        "hypervisors:",
        "  - name: host1",
        "    ssh:",
        `      address: ${guest.address}`,
        `      port: ${current.port}`,
        `      user: ${executor.user}`,
        `      key: ${executor.keyFile}`,
        `      hostKey: "${current.hostKey}"`,
        "matrix:",
        `  homeserver: ${synapse.url}`,
        `  user: "${bot.userId}"`,
        `  inviters: ["${admin.userId}"]`,
        "people:",
        "  - id: zelie",
        "    name: Zélie",
        "    roles: [admin]",
        "    language: fr",
        `    accounts: { matrix: ["${admin.userId}"] }`,
        "",
      ].join("\n"),
    );
  write();

  const live: Live = {
    synapse,
    guest,
    executor,
    zelie,
    mallory,
    botUser: bot.userId,
    room: await zelie.createRoom({ invite: [bot.userId, stranger.userId] }),
    folder,
    async startBot({ pauseAt, ready = true, reachable = ready, env = {} } = {}) {
      const program = startProgram([process.execPath, "src/main.ts", "serve", "--config", configuration], {
        MANCHOT_MATRIX_TOKEN: bot.accessToken,
        ...(pauseAt === undefined ? {} : { MANCHOT_PAUSE_AT: pauseAt }),
        ...env,
      });
      running.add(program);
      void program.exited.then(() => running.delete(program));
      if (ready) await program.line(/"msg":"listening"/);
      if (reachable) await program.line(/"msg":"the executor answers"/, 120_000);
      return program;
    },
    configure(changes) {
      current = { ...current, ...changes };
      write();
    },
    async stop() {
      await Promise.all([...running].map((program) => program.kill()));
      await Promise.all([synapse.stop(), guest.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await mallory.join(live.room);
  return live;
}

/** The limits stand in a root-owned file of the host; a load test needs wider ones than a person does. */
async function setLimits(
  guest: Hypervisor,
  limits: { readonly perMinute: number; readonly perHour: number },
): Promise<void> {
  const script = `
    const fs = require("node:fs"), file = "/etc/manchot/executor.json";
    fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(file, "utf8")), limits: ${JSON.stringify(limits)} }));
  `;
  const written = await guest.run(["/usr/bin/node", "-e", script]);
  const restarted = await guest.run(["/usr/bin/systemctl", "restart", "manchot-executor"]);
  if (written.code !== 0 || restarted.code !== 0) throw new Error(`limits: ${written.stderr}${restarted.stderr}`);
}
