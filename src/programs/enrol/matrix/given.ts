/** What `manchot enrol matrix` is told on its command line. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isHomeserver } from "../../../config/schema.ts";
import { isMxid } from "../../../people/account.ts";

export type GivenMatrix = {
  readonly network: "matrix";
  /** The origin of the homeserver's client API. */
  readonly homeserver: string;
  /** The bot's name there, or its Matrix ID. */
  readonly user: string;
  /** The folder of the bot's records; else the configuration that names it. */
  readonly state: { readonly folder: string } | { readonly config: string };
  /** Matrix IDs to look up. */
  readonly persons: readonly string[];
  /** An absolute path, as `recoveryKeyFile` is. */
  readonly tokenFile: string;
  /** Where the recovery key is read from, or written to where one is made; else the terminal. */
  readonly recoveryKeyFile: string | undefined;
  /** Whether the account may get a new identity, which people must trust anew. */
  readonly newIdentity: boolean;
  /** Whether all other devices of the account are logged out. */
  readonly forgetDevices: boolean;
};

export const usageMatrix = `manchot enrol matrix --homeserver https://… --user NAME [--config manchot.yaml | --state FOLDER] [--person @NAME:SERVER]…
      [--token-file FILE] [--recovery-key-file FILE] [--new-identity] [--forget-devices]
    Logs the bot in as a new device that encrypts, makes its recovery key (or gets back with it what was lost), and prints what
    belongs into manchot.yaml. The password is asked for, or read from a pipe; then, where there is one, the recovery key.
    --recovery-key-file: written where a key is made, read where there is one. --new-identity: the recovery key is lost; people
    must trust the bot anew. --forget-devices: logs the account's other devices out.
`;

/** `wrong`: what cannot be understood, and how it is written. */
export function readMatrix(argv: readonly string[]): GivenMatrix | { readonly wrong: string } {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    homeserver: text,
    user: text,
    config: text,
    state: text,
    person: { type: "string", multiple: true },
    "token-file": text,
    "recovery-key-file": text,
    "new-identity": flag,
    "forget-devices": flag,
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...argv], options }));
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
  const address = values.homeserver ?? "";
  if (!isHomeserver(address)) {
    return {
      wrong: "--homeserver wants https:// and the server's name, and nothing behind it (http:// on this machine only)",
    };
  }
  const user = values.user ?? "";
  if (!isMxid(user) && !isMxid(`@${user}:example.org`)) {
    return { wrong: "--user wants the bot's name on that homeserver: manchot, or @manchot:example.org" };
  }
  const persons = values.person ?? [];
  if (!persons.every(isMxid)) return { wrong: "--person wants a Matrix ID: @zelie:example.org" };
  if (values.config !== undefined && values.state !== undefined) {
    return { wrong: "--config names the folder of the bot's records already: give it, or --state" };
  }
  const keyFile = values["recovery-key-file"];
  return {
    network: "matrix",
    homeserver: new URL(address).origin,
    user,
    state:
      values.state === undefined
        ? { config: resolve(values.config ?? "manchot.yaml") }
        : { folder: resolve(values.state) },
    persons,
    tokenFile: resolve(values["token-file"] ?? "matrix-token"),
    recoveryKeyFile: keyFile === undefined ? undefined : resolve(keyFile),
    newIdentity: values["new-identity"] === true,
    forgetDevices: values["forget-devices"] === true,
  };
}
