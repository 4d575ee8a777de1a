/**
 * `manchot enrol matrix` as a program on a machine of its own, an account at a real Synapse, and what became of both. A test
 * file that imports this has a Synapse for all of its tests.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OlmMachine } from "@matrix-org/matrix-sdk-crypto-wasm";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { type EncryptedPeer, startPeer } from "../../../lab/encrypted-peer.ts";
import { createMatrixClient } from "../../../lab/matrix-client.ts";
import { labNeeds } from "../../../lab/needs.ts";
import { type Synapse, startSynapse } from "../../../lab/synapse.ts";
import { HardenedClient } from "../../../src/chat/matrix/client.ts";
import { openMachine } from "../../../src/chat/matrix/encryption/machine.ts";
import type { Ask } from "../../../src/chat/matrix/encryption/requests.ts";
import { type FaultyProxy, startProxy } from "../../chat/matrix/proxy.ts";
import { createRig, type Rig } from "../../chat/matrix/rig.ts";
import { keepSecret, testLog } from "../../rig/logs.ts";
import { type Program, startProgram } from "../../rig/process.ts";

export const lab = await labNeeds("synapse");
export const folders = mkdtempSync(join(tmpdir(), "manchot-enrol-matrix-"));
export let synapse: Synapse;
export let proxy: FaultyProxy;
let number = 0;
export const ending: (() => unknown)[] = [];

beforeAll(async () => {
  if (lab.missing) return;
  synapse = await startSynapse();
  proxy = await startProxy(synapse.url);
});
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
  if (!lab.missing) {
    proxy.fault = () => "pass";
    delete proxy.before;
    delete proxy.rewrite;
  }
});
afterAll(async () => {
  if (!lab.missing) {
    await proxy.close();
    await synapse.stop();
  }
  rmSync(folders, { recursive: true });
});

export type Home = {
  readonly name: string;
  readonly user: string;
  readonly state: string;
  readonly store: string;
  readonly token: string;
  readonly key: string;
};

/** An account of a bot, and the places on its machine. */
export async function newHome(): Promise<Home> {
  const name = `manchot${++number}`;
  const { userId } = await synapse.register(name, { password: keepSecret(`pw-of-${name}-123456`) });
  const folder = join(folders, name);
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  const store = join(state, "matrix-encryption.sqlite");
  return { name, user: userId, state, store, token: join(folder, "token"), key: join(folder, "recovery-key") };
}

export const passwordOf = ({ name }: Home): string => `pw-of-${name}-123456`;
export const argvFor = (home: Home, url: string, more: readonly string[]): [string, ...string[]] => [
  ...([process.execPath, "src/main.ts", "enrol", "matrix", "--homeserver", url, "--user", home.name] as const),
  ...["--state", home.state, "--token-file", home.token, ...more],
];
export const withFile = (home: Home): string[] => ["--recovery-key-file", home.key];

/** Starts it with these lines typed into a pipe. */
export function begin(home: Home, typed: readonly string[], more: readonly string[], url = synapse.url): Program {
  const program = startProgram(argvFor(home, url, more));
  program.write(typed.map((line) => `${line}\n`).join(""));
  program.endInput();
  ending.push(() => program.kill());
  return program;
}

export async function enrol(
  home: Home,
  more: readonly string[] = withFile(home),
  typed = [passwordOf(home)],
  url = synapse.url,
) {
  const program = begin(home, typed, more, url);
  const code = await program.exited;
  if (existsSync(home.token)) keepSecret(tokenOf(home));
  if (existsSync(home.key)) keepSecret(keyOf(home));
  return { code, text: program.lines.join("\n") };
}

export const tokenOf = ({ token }: Home): string => readFileSync(token, "utf8").trimEnd();
export const keyOf = ({ key }: Home): string => readFileSync(key, "utf8").trimEnd();

/** The account as it is at the homeserver now, with the token that was made. */
export async function at(home: Home) {
  const client = new HardenedClient(synapse.url, tokenOf(home), { longPollMs: 0, requestMs: 20_000 });
  ending.push(() => client.close());
  const ask: Ask = (method, path, query, body) => client.doRequest(method, path, query, body);
  const { user_id, device_id } = (await ask("GET", "/_matrix/client/v3/account/whoami")) as Record<string, string>;
  const device = device_id ?? "";
  const keys = (await ask("POST", "/_matrix/client/v3/keys/query", undefined, {
    device_keys: { [home.user]: [] },
  })) as {
    master_keys: Record<string, { keys: Record<string, string> }>;
    device_keys: Record<string, Record<string, { signatures: Record<string, Record<string, string>> }>>;
  };
  const { devices } = (await ask("GET", "/_matrix/client/v3/devices")) as { devices: { device_id: string }[] };
  const signatures = keys.device_keys[home.user]?.[device]?.signatures[home.user] ?? {};
  return {
    ask,
    user: user_id,
    device,
    identity: Object.values(keys.master_keys[home.user]?.keys ?? {})[0],
    /** By a key besides its own. */
    signed: Object.keys(signatures).some((id) => id !== `ed25519:${device}`),
    devices: devices.map((one) => one.device_id),
  };
}

/** The bot on what was made, as `serve` would start it. */
export async function serve(home: Home, inviter: string): Promise<Rig> {
  const kept = new Map<string, string>();
  const memory = {
    ...{ kept, encryption: { file: home.store } },
    read: (key: string) => kept.get(key),
    write: (key: string, value: string) => void kept.set(key, value),
  };
  const rig = createRig({
    ...{ homeserver: synapse.url, accessToken: tokenOf(home), user: home.user, inviters: [inviter] },
    ...{ memory, trust: "cross-signed" },
  });
  await rig.start();
  return rig;
}

export async function inMachine<T>(home: Home, work: (machine: OlmMachine, ask: Ask) => Promise<T>): Promise<T> {
  const { ask, device } = await at(home);
  const opened = await openMachine({ file: home.store, user: home.user, device, log: testLog() });
  if (!opened.ok) throw new Error(opened.message);
  try {
    return await work(opened.machine, ask);
  } finally {
    opened.close();
  }
}

export async function strictPeer(): Promise<EncryptedPeer> {
  const account = await synapse.register(`zelie${++number}`);
  const peer = await startPeer(synapse.url, account, { strict: true });
  ending.push(() => peer.stop());
  return peer;
}

export function expectNoSecret(home: Home, text: string): void {
  const key = existsSync(home.key) ? keyOf(home) : "";
  const token = existsSync(home.token) ? tokenOf(home) : "";
  const secrets = [passwordOf(home), token, key, key.replaceAll(" ", "")].filter((one) => one !== "");
  for (const secret of secrets) expect(text).not.toContain(secret);
}

/** Refused: code 1, no secret, none of the bot's files touched, and no device left behind. */
export async function refused(home: Home, run: ReturnType<typeof enrol>): Promise<string> {
  const before = (await devicesOf(home)).length;
  const { code, text } = await run;
  expect(code, text).toBe(1);
  expect(text).toMatch(/manchot enrol: .*\n {2}\S/);
  expect(text).not.toMatch(/ at .*\.ts/);
  expect(existsSync(home.token)).toBe(false);
  expect(readdirSync(home.state)).toEqual([]);
  expect(await devicesOf(home)).toHaveLength(before);
  expectNoSecret(home, text);
  return text;
}
/** Asked with a device of its own, which it logs out again. */
async function devicesOf({ name }: Home): Promise<readonly string[]> {
  const client = createMatrixClient(synapse.url, await synapse.login(name, `pw-of-${name}-123456`));
  const { devices } = await client.call<{ devices: { device_id: string }[] }>("GET", "/devices");
  await client.call("POST", "/logout", {});
  return devices.map((one) => one.device_id);
}
