/** What cannot end makes nothing; what is killed in between ends well when it is run again. */
import { chmodSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseRecoveryKey } from "../../../src/chat/matrix/encryption/recovery-key.ts";
import { findSecretStorage, isKeyOf } from "../../../src/chat/matrix/encryption/secret-storage.ts";
import { startProxy } from "../../chat/matrix/proxy.ts";
import { type Program, startProgram } from "../../rig/process.ts";
import {
  argvFor,
  at,
  begin,
  ending,
  enrol,
  expectNoSecret,
  folders,
  type Home,
  inMachine,
  keyOf,
  lab,
  newHome,
  passwordOf,
  proxy,
  refused,
  synapse,
  tokenOf,
  withFile,
} from "./rig.ts";

describe.skipIf(lab.missing)(lab.name("enrol matrix, refused or broken off"), () => {
  test("what could not end is refused before anything is made", async () => {
    const home = await newHome();
    expect(await refused(home, enrol(home, withFile(home), ["wrong-password"]))).toContain(
      "does not take this name and password",
    );
    expect(await refused(home, enrol(home, withFile(home), []))).toContain("nothing was typed, so nothing was made");
    proxy.fault = (method, path) =>
      method === "GET" && path === "/_matrix/client/v3/login"
        ? { status: 200, body: '{"flows":[{"type":"m.login.sso"}]}' }
        : "pass";
    const sso = await refused(home, enrol(home, withFile(home), [passwordOf(home)], proxy.url));
    expect(sso).toContain("lets nobody log in with a password");
    expect(sso).toContain("`serve` works with that alone, but without a recovery key");
    proxy.fault = () => ({ status: 200, body: "<html>Welcome to nginx</html>" });
    expect(await refused(home, enrol(home, withFile(home), [passwordOf(home)], proxy.url))).toContain(
      "does not answer as a homeserver",
    );
    writeFileSync(home.key, "EsT something", { mode: 0o600 });
    expect(await refused(home, enrol(home))).toContain(
      "is there, and the recovery key in it has 12 letters and digits",
    );
    chmodSync(home.key, 0o644);
    expect(await refused(home, enrol(home))).toContain(`chmod 600 ${home.key}`);
    rmSync(home.key);
    const folder = ["--config", join(folders, "absent.yaml")];
    const program = startProgram([
      ...([process.execPath, "src/main.ts", "enrol", "matrix", "--homeserver", synapse.url] as const),
      ...["--user", home.name, ...folder, ...withFile(home)],
    ]);
    expect(await program.exited).toBe(1);
    expect(program.lines.join("\n")).toContain("name the folder of the bot's records with --state");
  });

  test("without a terminal or a file for the recovery key, nothing is made that would need one", async () => {
    const home = await newHome();
    // A session of its own has no terminal.
    const program = startProgram(["setsid", "--wait", ...argvFor(home, synapse.url, [])]);
    program.write(`${passwordOf(home)}\n`);
    program.endInput();
    expect(
      await refused(
        home,
        program.exited.then((code) => ({ code, text: program.lines.join("\n") })),
      ),
    ).toContain(
      "there is no terminal to show the recovery key on\n  Run it at a terminal, or have the key written into a file",
    );
  });

  const writes = (method: string, path: string): boolean => method !== "GET" && !path.endsWith("/keys/query");

  /** What a first enrolment changes at the homeserver, in its order. */
  const steps = [
    /\/login$/,
    /\/keys\/upload$/,
    /\/account_data\/m\.secret_storage\.key\./,
    /\/account_data\/m\.cross_signing\.master$/,
    /\/account_data\/m\.cross_signing\.self_signing$/,
    /\/account_data\/m\.cross_signing\.user_signing$/,
    /\/account_data\/m\.megolm_backup\.v1$/,
    /\/account_data\/m\.secret_storage\.default_key$/,
    /\/keys\/device_signing\/upload$/,
    /\/keys\/signatures\/upload$/,
    /\/room_keys\/version$/,
  ];

  /** Runs it until it is killed in the midst of that request, which is not passed on. */
  async function killedAt(step: RegExp, home: Home): Promise<void> {
    const between = await startProxy(synapse.url);
    ending.push(() => between.close());
    let program: Program | undefined;
    let killed = false;
    between.fault = (method, path) => {
      if (!writes(method, path) || !step.test(path)) return "pass";
      killed = true;
      void program?.kill();
      return "hang";
    };
    program = begin(home, [passwordOf(home)], withFile(home), between.url);
    await program.exited;
    expect(killed, program.lines.join("\n")).toBe(true);
    expectNoSecret(home, program.lines.join("\n"));
  }

  test("killed before any of its requests, it ends well when it is run again", async () => {
    const seen: string[] = [];
    proxy.fault = (method, path) => {
      if (writes(method, path)) seen.push(path);
      return "pass";
    };
    await enrol(await newHome(), ["--recovery-key-file", join(folders, "whole")], undefined, proxy.url);
    expect(seen.map((path) => steps.findIndex((step) => step.test(path)))).toEqual([...steps.keys()]);

    const left = [...steps];
    const lane = async (): Promise<void> => {
      for (let step = left.shift(); step !== undefined; step = left.shift()) {
        const home = await newHome();
        await killedAt(step, home);
        expect(existsSync(home.token)).toBe(false);
        const { code, text } = await enrol(home);
        expect(code, `killed at ${step}: ${text}`).toBe(0);
        expect(await at(home)).toMatchObject({ user: home.user, signed: true });
        await inMachine(home, async (machine, ask) => {
          expect(await machine.isBackupEnabled()).toBe(true);
          const storage = await findSecretStorage(ask, home.user);
          const key = parseRecoveryKey(keyOf(home));
          expect(storage !== undefined && key.ok && isKeyOf(key.key, storage.description)).toBe(true);
        });
        expect(readdirSync(home.state)).toEqual(["matrix-encryption.sqlite"]);
      }
    };
    await Promise.all([lane(), lane(), lane()]);
  }, 300_000);

  test("killed on a later machine, identity and backup stay as they are", async () => {
    const home = await newHome();
    expect((await enrol(home)).code).toBe(0);
    const first = await at(home);
    for (const step of [/\/login$/, /\/keys\/upload$/, /\/keys\/signatures\/upload$/]) await killedAt(step, home);
    // Killed between the two files: the store is the new device's, and the token still the older one's.
    const token = tokenOf(home);
    expect((await enrol(home)).code).toBe(0);
    writeFileSync(home.token, `${token}\n`);
    const { code, text } = await enrol(home);
    expect(code, text).toBe(0);
    expect(text).toContain("The backup of room keys is taken up");
    expect(await at(home)).toMatchObject({ identity: first.identity, signed: true });
    await inMachine(home, async (machine) => expect(await machine.isBackupEnabled()).toBe(true));
  });

  test("a homeserver that fails in between is told, and the device is logged out again", async () => {
    for (const failing of ["/keys/upload", "/account_data/m.secret_storage.default_key", "/room_keys/version"]) {
      const home = await newHome();
      proxy.fault = (method, path) =>
        writes(method, path) && path.includes(failing)
          ? { status: 500, body: `{"errcode":"M_UNKNOWN","error":"out of cheese, ${passwordOf(home)}"}` }
          : "pass";
      const text = await refused(home, enrol(home, withFile(home), [passwordOf(home)], proxy.url));
      expect(text).toContain("the homeserver did not do it: 500 M_UNKNOWN: out of cheese, ‹secret›");
      proxy.fault = () => "pass";
      expect((await enrol(home)).code).toBe(0);
    }
  });
});
