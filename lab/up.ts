/** One lab that stays up, for trying by hand: a process in the background holds it until `down`. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "../src/executor/build.ts";
import { quoted } from "./hypervisor/ssh.ts";
import { startInstalled } from "./installed.ts";
import { createMatrixClient } from "./matrix-client.ts";
import { tell } from "./run.ts";
import { startFediverse } from "./snac.ts";
import { startSynapse } from "./synapse.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, ".lab");
const stateFile = join(folder, "up.json");

type Up = {
  readonly pid: number;
  readonly ssh: readonly string[];
  readonly words: string;
};

/** Starts the lab in the background, and prints how to talk to it. */
export async function up(): Promise<void> {
  const running = read();
  if (running !== undefined) return void process.stdout.write(running.words);
  mkdirSync(folder, { recursive: true });
  rmSync(stateFile, { force: true });
  await build();
  const log = openSync(join(folder, "up.log"), "w");
  const child = spawn(process.execPath, [join(root, "lab/main.ts"), "hold"], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  child.unref();
  tell("starting Synapse, snac2 and the hypervisor, installing the executor (about a minute)");
  for (const until = Date.now() + 300_000; Date.now() < until; await sleep(200)) {
    const started = read();
    if (started !== undefined) return void process.stdout.write(started.words);
    if (child.exitCode !== null) break;
  }
  child.kill("SIGTERM");
  throw new Error(`the lab did not come up; ${join(folder, "up.log")} says why`);
}

/** The process in the background: holds the lab until SIGTERM. */
export async function hold(): Promise<never> {
  const [synapse, { guest, executor }, fediverse] = await Promise.all([
    startSynapse(),
    startInstalled({ folder }),
    startFediverse({ servers: { ops: ["manchot", "zelie"], peer: ["mallory"] } }),
  ]);
  const bot = await synapse.register("manchot");
  const zelie = await synapse.register("zelie");
  const mallory = await synapse.register("mallory");
  const client = createMatrixClient(synapse.url, zelie);
  const room = await client.createRoom({ name: "ops", invite: [bot.userId, mallory.userId] });
  await createMatrixClient(synapse.url, mallory).join(room);
  writeFileSync(join(folder, ".env"), `MANCHOT_MATRIX_TOKEN=${bot.accessToken}\n`, { mode: 0o600 });
  writeFileSync(
    join(folder, "manchot.yaml"),
    `name: Lab
language: fr
timezone: Europe/Paris
state: ./state
hypervisors:
  - name: ${executor.host}
    ssh: { address: 127.0.0.1, port: ${guest.port}, user: ${executor.user}, key: ./bot_ed25519, hostKey: "${guest.hostKey.fingerprint}" }
matrix:
  homeserver: ${synapse.url}
  user: "${bot.userId}"
  inviters: ["${zelie.userId}"]
people:
  - { id: zelie, name: Zélie, roles: [admin], language: fr, accounts: { matrix: ["${zelie.userId}"] } }
`,
  );
  rmSync(join(folder, "state"), { recursive: true, force: true });
  const ssh = [
    ...["-q", "-i", guest.keyFile, "-p", String(guest.port), "-o", "IdentitiesOnly=yes"],
    ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "root@127.0.0.1"],
  ];
  const { ops, peer } = fediverse.servers;
  const words = `
The lab is up (process ${process.pid}; npm run lab -- down ends it).

The bot:      node --env-file=.lab/.env src/main.ts serve --config .lab/manchot.yaml     (Node 24: npx node …)
Matrix:       ${synapse.url}, password of everybody: lab-password
              ${zelie.userId} (admin), ${mallory.userId} (a stranger), ${bot.userId} (the bot)
              a room of all three (the bot comes in when it starts): ${room}
Say it:       curl -s -X PUT -H 'Authorization: Bearer ${zelie.accessToken}' \\
                '${synapse.url}/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/'$(date +%s) \\
                -d '{"msgtype":"m.text","body":"@manchot snapshot web"}'
Hear it:      curl -s -H 'Authorization: Bearer ${zelie.accessToken}' \\
                '${synapse.url}/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=5'
Fediverse:    ${ops.url} with ${ops.users.manchot.handle} (token ${ops.users.manchot.token}) and
              ${ops.users.zelie.handle} (token ${ops.users.zelie.token});
              ${peer.url} with ${peer.users.mallory.handle} (token ${peer.users.mallory.token})
Say it:       curl -s -H 'Authorization: Bearer ${ops.users.zelie.token}' ${ops.url}/api/v1/statuses \\
                -d visibility=direct --data-urlencode status='@manchot vm list'
Hear it:      curl -s -H 'Authorization: Bearer ${ops.users.zelie.token}' ${ops.url}/api/v1/notifications
Hypervisor:   npm run lab -- ssh [command …]
              ssh ${ssh.join(" ")}
`;
  writeFileSync(stateFile, JSON.stringify({ pid: process.pid, ssh, words } satisfies Up), { mode: 0o600 });
  await new Promise((resolve) => process.once("SIGTERM", resolve));
  rmSync(stateFile, { force: true });
  await Promise.all([synapse.stop(), guest.stop(), fediverse.stop()]);
  process.exit(0);
}

export async function down(): Promise<void> {
  const running = read();
  if (running === undefined) return void process.stdout.write("The lab is not up.\n");
  process.kill(running.pid, "SIGTERM");
  while (isAlive(running.pid)) await sleep(50);
  process.stdout.write("The lab is down.\n");
}

export async function status(): Promise<void> {
  const running = read();
  process.stdout.write(running === undefined ? "down\n" : `up, process ${running.pid}\n`);
}

/** A shell in the guest, or one command; its exit code. */
export async function ssh(command: readonly string[]): Promise<number> {
  const running = read();
  if (running === undefined) {
    process.stderr.write("The lab is not up: npm run lab -- up\n");
    return 1;
  }
  return spawnSync("ssh", [...running.ssh, ...command.map(quoted)], { stdio: "inherit" }).status ?? 1;
}

/** The lab that is up; a file left by one that was killed counts for nothing. */
function read(): Up | undefined {
  if (!existsSync(stateFile)) return undefined;
  const written = JSON.parse(readFileSync(stateFile, "utf8")) as Up;
  return isAlive(written.pid) ? written : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
