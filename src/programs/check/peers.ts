/** Whether the networks and the executor answer, and take the bot for who it is: by the first questions of `serve` itself. */
import { readFileSync } from "node:fs";
import { probeFediverse } from "../../chat/fediverse/probe.ts";
import { type Probed, probeMatrix } from "../../chat/matrix/probe.ts";
import type { Config } from "../../config/load.ts";
import type { Unavailable } from "../../hypervisor/port.ts";
import { privateKeyTrouble } from "../../hypervisor/private-key.ts";
import { faultOf, type Log } from "../../log.ts";
import { fediverseOf, hypervisorOf, matrixOf } from "../ports.ts";
import { type Finding, fails, note, well } from "./finding.ts";

export async function networkFindings(config: Config): Promise<Finding[]> {
  const warned = collector();
  const matrix = matrixOf(config, warned.log);
  const fediverse = fediverseOf(config, warned.log);
  const found = await Promise.all([
    ...(matrix === undefined ? [] : [asked("Matrix", matrixFindings(matrix))]),
    ...(fediverse === undefined ? [] : [asked("the Fediverse", fediverseFindings(fediverse))]),
  ]);
  return [...found.flat(), ...warned.notes("the networks")];
}

async function asked(network: string, probe: Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await probe;
  } catch (fault) {
    // Their words hold what to do: "… To resolve, …".
    const [trouble = "", mend = "See the bot's log."] = faultOf(fault).fault.split(" To resolve, ");
    return [fails(network, trouble.replace(/\.$/, ""), mend)];
  }
}

async function fediverseFindings(given: Parameters<typeof probeFediverse>[0]): Promise<readonly Finding[]> {
  return [well(`the Fediverse: the token is that of ${await probeFediverse(given)}`)];
}

async function matrixFindings(given: Parameters<typeof probeMatrix>[0]): Promise<readonly Finding[]> {
  const { user, encryption } = await probeMatrix(given);
  return [well(`Matrix: the token is that of ${user}`), encryptionFinding(encryption, given.encryption.file)];
}

function encryptionFinding(state: Probed["encryption"], file: string): Finding {
  const what = "Matrix, encryption";
  const enrol = "Run `manchot enrol matrix`";
  switch (state) {
    case "well":
      return well(`${what}: the bot's device has keys, which its account's identity signed`);
    case "not-begun":
      return note(
        what,
        "this device's keys are made when the bot starts for the first time, without a recovery key",
        `${enrol} before, and it gets one.`,
      );
    case "unsigned":
      return note(
        what,
        "the account's identity has not signed this device, and many clients leave out such devices",
        `${enrol}: it signs.`,
      );
    case "store-lost":
      return fails(
        what,
        `the homeserver has keys of this device, and ${file} is not there`,
        `${enrol}: it makes a new device, with the recovery key. Never put an older copy in that file's place.`,
      );
    case "no-device":
      return fails(what, "the access token is not that of a device, and only a device can encrypt", `${enrol}.`);
  }
}

/** Greets the executor once, and keeps nothing of it. */
export async function executorFindings(config: Config): Promise<Finding[]> {
  const [host] = config.hypervisors;
  const what = `the executor on ${host?.name}`;
  if (!isKey(host?.ssh.key ?? "")) return [fails(what, "cannot be asked without the bot's key", "Mend the key first.")];
  const warned = collector();
  const hypervisor = hypervisorOf(config, () => ({ last: () => undefined, keep: () => {} }), warned.log);
  const down = await new Promise<Unavailable | undefined>((resolve) =>
    hypervisor.onReachable((up, why) => resolve(up ? undefined : (why ?? { kind: "unreachable", why: "no reason" }))),
  );
  await hypervisor.close();
  return [
    down === undefined
      ? well(`${what} answers, and its host key is the pinned one`)
      : fails(what, down.why, mends[down.kind]),
    ...warned.notes(what),
  ];
}

const mends: Readonly<Record<Unavailable["kind"], string>> = {
  unreachable: "See whether that host runs, and what `manchot-executor check` says there.",
  untrusted: "Do not trust it: compare `ssh-keygen -lf` at the host's own terminal with `hostKey`.",
  incompatible: "Bring the bot and the executor to the same version, and see that both call the host the same.",
};

function isKey(file: string): boolean {
  try {
    return privateKeyTrouble(readFileSync(file, "utf8")) === undefined;
  } catch {
    return false;
  }
}

/** What the parts would warn of in the bot's log becomes notes; their errors are told by the parts themselves. */
function collector(): { readonly log: Log; notes(what: string): Finding[] } {
  const warnings: string[] = [];
  const quiet = (): void => {};
  const warn: Log["warn"] = (values, message) => {
    const told = Object.entries(values).map(([key, value]) => `${key} ${String(value)}`);
    warnings.push(`${message} (${told.join(", ")})`);
  };
  return {
    log: { debug: quiet, info: quiet, warn, error: quiet },
    notes: (what) => warnings.map((warning) => note(what, warning, "It would not keep the bot from starting.")),
  };
}
