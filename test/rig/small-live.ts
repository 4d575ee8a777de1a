/**
 * What `manchot` as a program needs round it, all on loopback: a server of the Fediverse, an sshd, and behind it the
 * executor's own daemon over the simulator.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../src/executor/config.ts";
import { serve } from "../../src/executor/serve.ts";
import { Simulator } from "../../src/simulator/simulator.ts";
import { prepareSshd, type Sshd } from "../hypervisor/sshd.ts";
import { type Pleroma, startPleroma } from "./pleroma/pleroma.ts";
import { type Program, startProgram } from "./process.ts";

export type SmallLive = {
  readonly folder: string;
  /** A copy that a test may change. */
  readonly policies: string;
  readonly configuration: string;
  readonly pleroma: Pleroma;
  readonly sshd: Sshd;
  /** The secrets; a test may change them. */
  readonly env: Record<string, string>;
  /** Runs `manchot` with this configuration. */
  manchot(...words: string[]): Program;
  /** Runs it to its end. */
  said(...words: string[]): Promise<{ readonly code: number | null; readonly text: string }>;
  /** Says something to the bot, directly, and waits for its answer. */
  ask(who: string, text: string): Promise<string>;
  /** Writes the configuration anew. */
  configure(edit?: (text: string) => string): void;
  stop(): Promise<void>;
};

/** `idempotencyMs`: for how long the server knows keys again. */
export async function startSmallLive(options: { readonly idempotencyMs?: number } = {}): Promise<SmallLive> {
  const folder = mkdtempSync(join(tmpdir(), "manchot-small-live-"));
  const policies = join(folder, "policies");
  cpSync("policies", policies, { recursive: true });
  const pleroma = await startPleroma({ users: ["manchot", "zelie", "ines"], ...options });

  mkdirSync(join(folder, "executor"), { mode: 0o700 });
  const sockets = { bot: { path: join(folder, "bot.sock") }, host: { path: join(folder, "host.sock") } };
  const config = parseConfig(
    JSON.stringify({ host: "iceberg", state: join(folder, "executor"), sockets }),
    "this test",
  );
  if (!config.ok) throw new Error(config.why);
  const daemon = await serve(
    config.value,
    new Simulator({ folder: join(folder, "hypervisor"), delay: 0 }),
    () => {},
    (fault) => {
      throw fault;
    },
  );
  const main = join(import.meta.dirname, "../../src/executor/main.ts");
  const sshd = await prepareSshd(folder, `${process.execPath} ${main} attach --socket ${sockets.bot.path}`);
  await sshd.start(1, "VERBOSE");

  const configuration = join(folder, "manchot.yaml");
  const pin = (name: string): string => {
    const { id, apId } = pleroma.user(name);
    return `fediverse: ["${pleroma.url} ${id} ${apId}"]`;
  };
  const written = [
    "name: La Banquise",
    "language: en",
    `state: ${join(folder, "state")}`,
    "hypervisors:",
    `  - { name: iceberg, ssh: { address: 127.0.0.1, port: ${sshd.port}, user: ${sshd.user}, key: ${sshd.keyFile}, hostKey: "${sshd.hostKeyLine(1).trim()}" } }`,
    `fediverse: { server: "${pleroma.url}", user: "@manchot@127.0.0.1" }`,
    "people:",
    `  - { id: zelie, name: Zélie, roles: [admin], language: fr, accounts: { ${pin("zelie")} } }`,
    `  - { id: ines, name: Inès, roles: [member], language: en, accounts: { ${pin("ines")} } }`,
    "",
  ].join("\n");
  const configure = (edit: (text: string) => string = (text) => text): void =>
    writeFileSync(configuration, edit(written));
  configure();

  const { token } = pleroma.user("manchot");
  const env: Record<string, string> = {
    MANCHOT_FEDIVERSE_TOKEN: token,
    MANCHOT_MATRIX_TOKEN: "",
    MANCHOT_MATRIX_TOKEN_FILE: "",
  };
  const running = new Set<Program>();
  const manchot = (...words: string[]): Program => {
    const program = startProgram([process.execPath, "src/main.ts", ...words, "--config", configuration], env);
    running.add(program);
    void program.exited.then(() => running.delete(program));
    return program;
  };
  return {
    ...{ folder, policies, configuration, pleroma, sshd, env, manchot, configure },
    async said(...words) {
      const program = manchot(...words);
      return { code: await program.exited, text: program.lines.join("\n") };
    },
    async ask(who, text) {
      const before = pleroma.statuses({ by: "manchot" }).length;
      pleroma.say(who, `@manchot ${text}`, { visibility: "direct" });
      for (let left = 300; left > 0; left -= 1) {
        const answers = pleroma.statuses({ by: "manchot" });
        const last = answers.at(-1);
        if (answers.length > before && last !== undefined) return last.text;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error(`no answer to ${text}`);
    },
    async stop() {
      await Promise.all([...running].map((program) => program.kill()));
      await sshd.kill();
      await daemon.close();
      await pleroma.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Changes a file in place. */
export function edit(file: string, change: (text: string) => string): void {
  const before = readFileSync(file, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`nothing was changed in ${file}`);
  writeFileSync(file, after);
}
