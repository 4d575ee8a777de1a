/**
 * `setup`: what this host needs for the executor, each action told with its exact command or file. Without `--apply`
 * nothing is changed; with it, only what is not so already.
 */
import { lstatSync, readlinkSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { hostname } from "node:os";
import { defaultConfig, readConfig } from "../config.ts";
import { defaultFactorsFile } from "../factors/file.ts";
import { groupOfDaemon, isInPlace, noFactors } from "../factors/written.ts";
import { pause } from "../pause.ts";
import type { SetupCommand } from "../subcommands.ts";
import { Client } from "../terminal/client.ts";
import { complain } from "../words.ts";
import { type Action, file, run } from "./actions.ts";
import * as files from "./files.ts";
import { libvirtActions } from "./libvirt.ts";
import { command, isAllowed, poolNames, sshdFor, textOf, userExists, writeWhole } from "./machine.ts";
import { parsePublicKey } from "./public-key.ts";

/** Resolves with the exit code. */
export async function setup(given: SetupCommand): Promise<number> {
  const key = botKey(given);
  if (typeof key === "object") return refused(key.why, 2);
  if (given.apply && process.geteuid?.() !== 0) return refused("only root can do this", 1);
  const own = realpathSync(process.argv[1] ?? "");
  if (!own.endsWith(".mjs")) return refused("run the built bundle, manchot-executor.mjs", 1);
  const name = given.hostName ?? hostname().split(".")[0] ?? "host";
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(name)) return refused(`"${name}" cannot be the host's name`, 2);
  for (const action of actions(own, key, name, given.pools)) {
    if (action.isSo()) {
      say(`is so:  ${action.what}`);
      continue;
    }
    say(`${given.apply ? "does" : "would"}:  ${action.what}\n${action.shown.replace(/^(?=.)/gm, "    ")}`);
    const trouble = given.apply ? action.make() : undefined;
    if (trouble !== undefined) return refused(`${action.what}: ${trouble}`, 1);
  }
  if (key === undefined && textOf(files.keysFile) === undefined) {
    say('The bot cannot come in yet: give its key with --bot-key "ssh-ed25519 …" or --bot-key-file FILE.');
  }
  if (!given.apply) {
    say("Nothing was changed. Do all this with --apply.");
    return 0;
  }
  return answers();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function refused(why: string, code: number): number {
  complain(why);
  return code;
}

function botKey({ botKey: text, botKeyFile }: SetupCommand): string | undefined | { why: string } {
  if (text === undefined && botKeyFile === undefined) return undefined;
  const content = text ?? textOf(botKeyFile ?? "");
  if (content === undefined) return { why: `${botKeyFile} cannot be read` };
  const key = parsePublicKey(content);
  return key.ok ? key.value : { why: `the bot's key: ${Object.values(key.failure.detail).join(" ")}` };
}

function actions(own: string, key: string | undefined, hostName: string, given: readonly string[]): Action[] {
  const config = readConfig(defaultConfig);
  const served = config.ok ? config.value.pools : undefined;
  const pools = given.length > 0 ? given : (served ?? poolNames());
  const { daemonUser, botUser, program, unit } = files;
  const useradd = ["/usr/sbin/useradd", "--system", "--user-group", "--no-create-home"] as const;
  const users: Action[] = [
    // `*` is no password that anybody could type, and sshd does not take the account for locked.
    run(`the user ${botUser}, as which the bot comes in by ssh`, () => userExists(botUser), [
      ...useradd,
      "--home-dir",
      "/",
      "--shell",
      "/bin/sh",
      "--password",
      "*",
      botUser,
    ]),
    run(`the user ${daemonUser}, as which the daemon runs`, () => userExists(daemonUser), [
      ...useradd,
      "--home-dir",
      "/nonexistent",
      "--shell",
      "/usr/sbin/nologin",
      "--groups",
      botUser,
      daemonUser,
    ]),
  ];
  const installed: Action[] = [
    { ...file(program, textOf(own) ?? "", 0o755), shown: `copy of ${own}` },
    linked(files.link, program),
    // What an admin has written there stays.
    {
      ...file(defaultConfig, files.configFile(hostName, pools), 0o644),
      isSo: () => textOf(defaultConfig) !== undefined,
    },
    serving([...new Set([...(served ?? []), ...pools])]),
    factors(),
    ...pools.map((pool) =>
      run(`the daemon may take snapshots in ${pool}`, () => isAllowed(pool, daemonUser, files.zfsPermissions), [
        "/usr/sbin/zfs",
        "allow",
        daemonUser,
        files.zfsPermissions.join(","),
        pool,
      ]),
    ),
    ...(key === undefined ? [] : [file(files.keysFile, files.keyLine(key), 0o644)]),
    sshd(),
  ];
  const stale = installed.slice(0, 4).some((action) => !action.isSo()) || textOf(files.unitFile) !== files.unitText;
  const systemctl = "/usr/bin/systemctl";
  return [
    ...users,
    ...installed,
    ...libvirtActions(own),
    file(files.unitFile, files.unitText, 0o644),
    run("systemd knows the unit", () => !stale, [systemctl, "daemon-reload"]),
    run("the daemon starts with the host", () => command([systemctl, "is-enabled", unit]).ok, [
      systemctl,
      "enable",
      unit,
    ]),
    run("the daemon runs, in this version", () => !stale && command([systemctl, "is-active", unit]).ok, [
      systemctl,
      "restart",
      unit,
    ]),
  ];
}

/** Whoever is enrolled stays. */
function factors(): Action {
  const path = defaultFactorsFile;
  return {
    what: `the file of second factors ${path}`,
    shown: `root:${files.daemonUser}, mode ${files.factorsMode.toString(8)}; written by enrol-factor alone`,
    isSo: () => isInPlace(path),
    make() {
      writeWhole(path, textOf(path) ?? noFactors, files.factorsMode, groupOfDaemon());
      return undefined;
    },
  };
}

/** The rest of what an admin has written into the configuration stays. */
function serving(pools: readonly string[]): Action {
  return {
    what: `${defaultConfig} lets the daemon work in ${pools.join(", ") || "no pool"}`,
    shown: `"pools": ${JSON.stringify(pools)}`,
    isSo() {
      const config = readConfig(defaultConfig);
      return !config.ok || config.value.pools?.length === pools.length;
    },
    make() {
      const config = JSON.parse(textOf(defaultConfig) ?? "");
      writeWhole(defaultConfig, `${JSON.stringify({ ...config, pools }, null, 2)}\n`, 0o644);
      return undefined;
    },
  };
}

function linked(path: string, to: string): Action {
  const isLink = () => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return {
    what: `the command ${path}`,
    shown: `link to ${to}`,
    isSo: () => isLink() && readlinkSync(path) === to,
    make() {
      if (isLink()) rmSync(path);
      else if (textOf(path) !== undefined) return "something else stands there; move it away";
      symlinkSync(to, path);
      return undefined;
    },
  };
}

/** A mistake here could lock everybody out: what sshd does not accept, or does not heed, is taken back at once. */
function sshd(): Action {
  const isHeeded = () => sshdFor(files.botUser).includes(`forcecommand ${files.forcedCommand}\n`);
  const plain = file(files.sshdFile, files.sshdConfig, 0o644);
  return {
    ...plain,
    isSo: () => plain.isSo() && isHeeded(),
    make() {
      const before = textOf(files.sshdFile);
      writeWhole(files.sshdFile, files.sshdConfig, 0o644);
      const tried = command(["/usr/sbin/sshd", "-t"]);
      if (!tried.ok || !isHeeded()) {
        if (before === undefined) rmSync(files.sshdFile);
        else writeWhole(files.sshdFile, before, 0o644);
        const why = tried.ok
          ? "sshd does not read /etc/ssh/sshd_config.d (no Include in sshd_config?)"
          : tried.stderr.trim();
        return `${why}. It was taken back.`;
      }
      const reload = command(["/usr/bin/systemctl", "try-reload-or-restart", "ssh.service"]);
      return reload.ok ? undefined : `sshd was not reloaded: ${reload.stderr.trim()}`;
    },
  };
}

/** The proof that it works: the daemon says who it is. */
async function answers(): Promise<number> {
  const never = new AbortController();
  for (let left = 240; left > 0; left--) {
    try {
      const client = await Client.connect("/run/manchot/host.sock");
      const hello = await client.call("hello", { protocol: 1 });
      client.close();
      if (hello.ok) {
        say(`The daemon answers: ${JSON.stringify(hello.value)}`);
        return 0;
      }
    } catch {
      // Not yet.
    }
    await pause(500, never.signal);
  }
  return refused("the daemon does not answer. Look: journalctl -u manchot-executor", 1);
}
