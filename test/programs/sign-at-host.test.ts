/** `manchot sign NUMBER --host`: over a real sshd, from a real executor's terminal, to an approval that the executor takes. */
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Plan } from "../../src/protocol/plan.ts";
import { origin, Peer } from "../executor/peer.ts";
import { missing, prepareSshd, type Sshd } from "../hypervisor/sshd.ts";

const bundle = "dist/manchot-executor.mjs";
const systemNode = "/usr/bin/node";
const node = existsSync(systemNode) ? systemNode : process.execPath;
const where = `a plan on the host${missing === undefined ? "" : ` (skipped: ${missing})`}`;

describe.skipIf(missing !== undefined)(where, () => {
  let folder: string;
  let sshd: Sshd;
  let peer: Peer;
  const ends: (() => void)[] = [];
  const file = (name: string): string => join(folder, name);
  const program = (name: string, text: string): void =>
    writeFileSync(file(name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "manchot-sign-host-"));
    for (const name of ["there", "here"]) mkdirSync(file(name));
    spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "zelie", "-f", file("zelie")]);
    const keys = [readFileSync(file("zelie.pub"), "utf8").trim()];
    writeFileSync(file("factors.json"), JSON.stringify({ persons: { zelie: { keys } } }), { mode: 0o640 });
    const sockets = { bot: { path: file("bot.sock") }, host: { path: file("host.sock") } };
    const config = { host: "host1", state: file("state"), factors: file("factors.json"), sockets };
    writeFileSync(file("executor.json"), JSON.stringify(config), { mode: 0o644 });
    const argv = [
      node,
      "--jitless",
      "--no-expose-wasm",
      join(process.cwd(), bundle),
      "--config",
      file("executor.json"),
    ];
    program("there/manchot-executor", `exec ${argv.join(" ")} "$@"`);
    program("login", `PATH=${file("there")}:$PATH\nexport PATH\nexec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`);

    const daemon = spawn(file("there/manchot-executor"), ["serve"], { stdio: ["ignore", "inherit", "pipe"] });
    ends.push(() => daemon.kill("SIGKILL"));
    for await (const chunk of daemon.stderr) if (String(chunk).includes("ready")) break;
    const socket = connect(sockets.bot.path);
    ends.push(() => socket.destroy());
    peer = new Peer(socket, socket);

    sshd = await prepareSshd(folder, file("login"));
    await sshd.start();
    writeFileSync(file("known_hosts"), `[127.0.0.1]:${sshd.port} ${sshd.hostKeyLine(1)}`);
    const own = [
      "Host *",
      `Port ${sshd.port}`,
      `IdentityFile ${sshd.keyFile}`,
      `UserKnownHostsFile ${file("known_hosts")}`,
    ];
    const strict = ["BatchMode yes", "StrictHostKeyChecking yes", "IdentitiesOnly yes"];
    writeFileSync(file("ssh_config"), `${[...own, ...strict].join("\n")}\n`);
    program("here/ssh", `exec /usr/bin/ssh -F ${file("ssh_config")} "$@"`);
  });
  afterAll(async () => {
    await sshd.kill();
    for (const end of ends) end();
    rmSync(folder, { recursive: true });
  });

  const plan = (request: number): Promise<Plan> =>
    peer.value("plan", { id: randomUUID(), do: "executor.resume", with: {}, origin: { ...origin, request } });
  // Not synchronous: whoever waits for it reads what sshd has to say meanwhile.
  async function sign(request: number) {
    const argv = ["src/main.ts", "sign", String(request), "--key", file("zelie"), "--host", `${sshd.user}@127.0.0.1`];
    const env = { ...process.env, PATH: `${file("here")}:${process.env.PATH}` };
    const child = spawn(process.execPath, [...argv, "--yes"], { env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    return { status, stdout, stderr };
  }

  test("is fetched, shown, signed, and the executor takes the signature", async () => {
    const { id, hash, text: shown } = await plan(41);
    const { status, stdout, stderr } = await sign(41);
    expect(stderr).toContain(shown);
    expect(status).toBe(0);
    const base64 = /^approve #41 ([A-Za-z0-9+/=]+)\n$/.exec(stdout)?.[1] ?? "";
    const signature = `-----BEGIN SSH SIGNATURE-----\n${base64.replace(/.{70}/g, "$&\n")}\n-----END SSH SIGNATURE-----\n`;
    const approved = await peer.value("approve", { id, hash, by: "zelie", factor: { kind: "signature", signature } });
    expect(approved).toMatchObject({ enough: true, given: [{ person: "zelie", kind: "signature" }] });
    expect(await peer.value("apply", { id, hash })).toMatchObject({ id });
    expect(await peer.end(id)).toMatchObject({ state: "done" });
  });

  test("that there is not, or is one of two, is not signed: the host's own words say why", async () => {
    await plan(43);
    await plan(43);
    for (const [request, why] of [
      [42, "has the number 42"],
      [43, "means several"],
    ] as const) {
      const { status, stdout, stderr } = await sign(request);
      expect(stderr).toContain(why);
      expect(stderr).toContain(`does not tell the plan of #${request}`);
      expect(status).toBe(1);
      expect(stdout).toBe("");
    }
  });
});
