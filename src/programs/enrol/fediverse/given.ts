/** What `manchot enrol fediverse` is told on its command line. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { isFediverseServer } from "../../../people/fediverse-account.ts";

export type GivenFediverse = {
  readonly network: "fediverse";
  /** The origin of the server's API. */
  readonly server: string;
  /** The bot's nickname there, without `@` and domain. */
  readonly user: string;
  /** Handles to look up, without the leading `@`. */
  readonly persons: readonly string[];
  /** Whom to write to about the bot, for its description. */
  readonly owner: string | undefined;
  /** An absolute path. */
  readonly tokenFile: string;
  /** Whether to log in with a browser, instead of with the password. */
  readonly browser: boolean;
};

export const usageFediverse = `manchot enrol fediverse --server https://… --user NAME [--person NAME@DOMAIN]… [--owner TEXT] [--token-file FILE] [--browser]
    Makes the bot's access token on a Fediverse server, marks its account as a bot, and prints what belongs into manchot.yaml.
    The password is asked for, or read from a pipe. --browser: log in there instead, where a second factor is wanted.
`;

const handle = /^@?([A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@([A-Za-z0-9.:-]+))?$/;

/** `wrong`: what cannot be understood, and how it is written. */
export function readFediverse(argv: readonly string[]): GivenFediverse | { readonly wrong: string } {
  const text = { type: "string" } as const;
  const options = {
    server: text,
    user: text,
    person: { type: "string", multiple: true },
    owner: text,
    "token-file": text,
    browser: { type: "boolean" },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...argv], options }));
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) };
  }
  const server = values.server?.replace(/\/$/, "");
  if (server === undefined || !isFediverseServer(server)) {
    return {
      wrong: "--server wants https:// and the server's name, and nothing behind it (http:// on this machine only)",
    };
  }
  const user = handle.exec(values.user ?? "")?.[1];
  if (user === undefined) return { wrong: "--user wants the bot's name on that server: manchot" };
  const persons = values.person ?? [];
  const odd = persons.find((person) => !handle.test(person));
  if (odd !== undefined) return { wrong: `--person wants a handle: zelie@social.example.org` };
  if (values.owner !== undefined && !/^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u.test(values.owner)) {
    return { wrong: "--owner wants one line of at most 100 characters: a name and how to reach them" };
  }
  return {
    network: "fediverse",
    server,
    user,
    persons: persons.map((person) => person.replace(/^@/, "")),
    owner: values.owner,
    tokenFile: resolve(values["token-file"] ?? "fediverse-token"),
    browser: values.browser === true,
  };
}
