/** `check`: everything that would fail, each with its mend. It changes nothing. */
import { existsSync, statSync } from "node:fs";
import { hostFacts } from "../../protocol/facts.ts";
import { protocolVersion } from "../../protocol/wire.ts";
import { type Config, readConfig } from "../config.ts";
import { readFactors } from "../factors/file.ts";
import { sshKeygen } from "../factors/signature.ts";
import { isInPlace } from "../factors/written.ts";
import { helper, virsh, virshWrite } from "../host/commands.ts";
import { askHelper } from "../host/helper.ts";
import { verifyFolder } from "../journal/verify.ts";
import * as files from "../setup/files.ts";
import { asksPolkit } from "../setup/libvirt.ts";
import { command, isAllowed, poolNames, sshdFor, textOf, userExists } from "../setup/machine.ts";
import { Client } from "../terminal/client.ts";
import { wordsOf } from "../words.ts";

/** `mild`: to be known, and no failure. */
type Finding = { readonly what: string; readonly trouble?: string; readonly mend?: string; readonly mild?: boolean };

const again = "manchot-executor setup --apply";

/** Resolves with the exit code: 1 where something would fail. */
export async function check(file: string): Promise<number> {
  const config = readConfig(file);
  const findings: Finding[] = [finding("the configuration", config.ok ? undefined : config.why, `edit ${file}`)];
  if (config.ok) findings.push(...(await all(config.value)));
  for (const { what, trouble, mend, mild } of findings) {
    const sign = mild === true ? "note " : "FAILS";
    const lines = trouble === undefined ? [`ok     ${what}`] : [`${sign}  ${what}: ${trouble}`, `       mend: ${mend}`];
    for (const line of lines) process.stdout.write(`${line}\n`);
  }
  return findings.some(({ trouble, mild }) => trouble !== undefined && mild !== true) ? 1 : 0;
}

function finding(what: string, trouble: string | undefined, mend: string): Finding {
  return trouble === undefined ? { what } : { what, trouble, mend };
}

async function all(config: Config): Promise<Finding[]> {
  const { bot, host } = config.sockets;
  return [
    finding("the program belongs to root alone", onlyRoots(files.program), again),
    finding("the bot's user", userExists(files.botUser) ? undefined : "is not there", again),
    ...(await daemonFindings(host.path, config.pools)),
    ...(await libvirtFindings()),
    finding("the bot's socket", socketTrouble(bot.path, bot.group === undefined ? 0o600 : 0o660), again),
    finding("the host's socket", socketTrouble(host.path, 0o600), again),
    ...poolFindings(config.pools ?? poolNames(), poolNames(), (pool) =>
      isAllowed(pool, files.daemonUser, files.zfsPermissions),
    ),
    finding("sshd's forced command", forcedTrouble(), again),
    finding(
      "the bot's key",
      textOf(files.keysFile) === undefined ? "none yet" : undefined,
      `${again} --bot-key-file FILE`,
    ),
    journalFinding(config.state),
    ...factorFindings(config.factors),
    { ...finding("the clock", clockTrouble(), "timedatectl set-ntp true"), mild: true },
  ];
}

/** Each pool that the configuration lets the daemon work in: is it there, and may it? */
export function poolFindings(
  served: readonly string[],
  imported: readonly string[],
  isOpen: (pool: string) => boolean,
): Finding[] {
  return served.map((pool) => {
    if (!imported.includes(pool)) return finding(`the pool ${pool}`, "is not imported", `zpool import ${pool}`);
    return finding(`snapshots in ${pool}`, isOpen(pool) ? undefined : "are not allowed", `${again} --pool ${pool}`);
  });
}

function onlyRoots(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return `${path} is not there`;
  return stat.uid === 0 && (stat.mode & 0o022) === 0 ? undefined : `others may write to ${path}`;
}

/** The daemon itself reads ZFS and libvirt, as its own user: its answer is the check. */
async function daemonFindings(path: string, served: readonly string[] | undefined): Promise<Finding[]> {
  const log = `systemctl restart ${files.unit}; journalctl -u ${files.unit}`;
  try {
    const client = await Client.connect(path);
    const hello = await client.call("hello", { protocol: protocolVersion });
    const facts = await client.call("ask", { do: "host.facts", with: {} });
    client.close();
    const told = facts.ok ? hostFacts.parse(facts.value) : undefined;
    const sick = (told?.pools ?? [])
      .filter(({ name, health }) => health !== "ONLINE" && served?.includes(name) !== false)
      .map(({ name, health }) => `${name} ${health}`);
    return [
      finding("the daemon", hello.ok ? undefined : "speaks another protocol", log),
      finding(
        "the daemon reads ZFS and libvirt",
        told === undefined ? "no answer" : told.problems.join("; ") || undefined,
        log,
      ),
      finding("the pools", sick.join(", ") || undefined, "zpool status"),
    ];
  } catch (error) {
    return [finding("the daemon", wordsOf(error), log)];
  }
}

/** A VM that no libvirt has: the helper looks for it, finds none, and has shown that it can look. Its verbs are not tried. */
const nobody = "00000000-0000-0000-0000-000000000000";

async function libvirtFindings(): Promise<Finding[]> {
  const asked = await askHelper(["autostart", nobody, "off"], 60_000);
  const reach = command(["/usr/sbin/runuser", "-u", files.daemonUser, "--", virsh, ...virshWrite, "list", "--uuid"]);
  return [
    finding("libvirt asks polkit for each verb", asksPolkit() ? undefined : "it does not", again),
    finding("the daemon's verbs", textOf(files.polkitFile) === files.polkitText ? undefined : "are others", again),
    finding("the daemon may ask libvirt", reach.ok ? undefined : reach.stderr.trim() || "it may not", again),
    finding("the root helper belongs to root alone", onlyRoots(files.helperProgram), again),
    finding("the root helper's socket", socketTrouble(helper, 0o660), again),
    finding(
      "the root helper answers and can ask libvirt (asked about a VM that does not exist: nothing was done to any)",
      asked.stderr.includes("failed to get domain") ? undefined : asked.stderr.trim() || "does not answer",
      `${again}; journalctl -u 'manchot-helper@*'`,
    ),
  ];
}

function socketTrouble(path: string, mode: number): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return `${path} is not there`;
  const found = stat.mode & 0o777;
  return found === mode ? undefined : `${path} has mode ${found.toString(8)}, not ${mode.toString(8)}`;
}

function forcedTrouble(): string | undefined {
  const settings = sshdFor(files.botUser);
  if (settings === "") return "sshd does not tell its settings (sshd -T)";
  return settings.includes(`forcecommand ${files.forcedCommand}\n`) ? undefined : "is not in force";
}

function journalFinding(state: string): Finding {
  try {
    const { ok, lines } = verifyFolder(state);
    return finding("the journal", ok ? undefined : (lines.at(-1) ?? ""), "manchot-executor journal verify");
  } catch (error) {
    return finding("the journal", wordsOf(error), "run this as root");
  }
}

/** Whether second factors are accepted, and whether there are enough persons for what needs two. */
function factorFindings(file: string): Finding[] {
  const read = readFactors(file);
  const signers = read.ok ? [...read.value.values()].filter(({ keys }) => keys.length > 0).length : 0;
  const few = signers === 1 ? "one person has a key" : signers === 0 ? "nobody has a key" : undefined;
  return [
    finding("the file of second factors", read.ok ? undefined : read.why, again),
    finding(
      "the daemon reads it",
      isInPlace(file) ? undefined : `${file} is not root's, or not for the daemon's group`,
      again,
    ),
    finding(
      "signatures",
      existsSync(sshKeygen) ? undefined : `${sshKeygen} is not there`,
      "apt install openssh-client",
    ),
    {
      ...finding(
        "who may sign",
        few && `${few}: what destroys is approved at this terminal`,
        "manchot-executor enrol-factor PERSON --key FILE",
      ),
      mild: true,
    },
  ];
}

/** Plans expire and limits count by the clock. */
function clockTrouble(): string | undefined {
  const { ok, stdout } = command(["/usr/bin/timedatectl", "show", "--property=NTPSynchronized", "--value"]);
  return ok && stdout.trim() === "no" ? "is not set by NTP" : undefined;
}
