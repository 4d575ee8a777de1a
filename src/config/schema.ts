/** What `manchot.yaml` holds. Every key is explained in manchot.example.yaml. Keys that are not here are refused. */
import { z } from "zod";
import {
  isFediverseHandle,
  isFediverseServer,
  looksLikeBot,
  looksLocal,
  parseFediverseAccount,
} from "../people/fediverse-account.ts";
import { mxid, people } from "../people/schema.ts";
import { milliseconds } from "./duration.ts";

/** A refusal with its mend, as src/config/shape.ts tells it. */
const refusal = (message: string, mend: string) => ({ message, params: { mend } });

const ssh = z.strictObject({
  address: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?$/)
    .meta({ description: "The hypervisor's name or IP address.", examples: ["192.0.2.10"] }),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(22)
    .meta({ description: "The port of its sshd.", examples: [22] }),
  user: z
    .string()
    .regex(/^[a-z_][a-z0-9_-]{0,31}$/)
    .default("manchot-bot")
    .meta({ description: "The user that `manchot-executor setup` made.", examples: ["manchot-bot"] }),
  key: z
    .string()
    .min(1)
    .refine(
      (key) => !key.includes("\n") && !key.includes("PRIVATE KEY"),
      refusal(
        "must be the path of a file, not a key itself",
        "Put the key in a file that only the bot can read. If others could read this file, make a new key.",
      ),
    )
    .meta({ description: "The file of the bot's own private key.", examples: ["/etc/manchot/bot_ed25519"] }),
  hostKey: z
    .string()
    .refine(isHostKey, {
      error: "is not a host key",
      params: {
        mend: "Take it at the host's own terminal: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` shows SHA256:…; the line of that .pub file will do as well.",
      },
    })
    .meta({ description: "Its host key: a fingerprint SHA256:…, or the whole public key.", examples: ['"SHA256:…"'] }),
});

const hypervisor = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
    .meta({ description: "A short name for it.", examples: ["banquise"] }),
  ssh: ssh.meta({ description: "The way to it.", examples: ["{ address: …, key: …, hostKey: … }"] }),
});

const matrix = z.strictObject({
  homeserver: z
    .string()
    .refine(isHomeserver, {
      error: "is not the address of a homeserver",
      params: {
        mend: "Write https:// and the server's name, and nothing behind it (http:// goes to this very machine only).",
      },
    })
    .transform((address) => new URL(address).origin)
    .meta({ description: "Where the homeserver's client API answers.", examples: ["https://matrix.example.org"] }),
  user: mxid.meta({ description: "The bot's own Matrix ID.", examples: ['"@manchot:example.org"'] }),
  inviters: z
    .array(mxid)
    .default([])
    .meta({ description: "Who may invite the bot into rooms.", examples: ['["@zelie:example.org"]'] }),
  trust: z
    .enum(["any", "cross-signed"])
    .default("any")
    .meta({
      description: "Whose devices are listened to in encrypted rooms: any, or those that their owners have signed.",
      examples: ["cross-signed"],
    }),
});

const fediverse = z.strictObject({
  server: z
    .string()
    .refine(
      isFediverseServer,
      refusal(
        "is not the address of a server",
        "Write https:// and the server's name in small letters, and nothing behind it (http:// goes to this very machine only).",
      ),
    )
    .meta({ description: "Where the server's API answers.", examples: ["https://social.example.org"] }),
  user: z
    .string()
    .refine(
      isFediverseHandle,
      refusal("is not a full handle", "Write @name@domain, as other servers see the bot's own account."),
    )
    .meta({ description: "The bot's own account.", examples: ['"@manchot@social.example.org"'] }),
  remote: z
    .boolean()
    .default(false)
    .meta({ description: "Whether persons may ask from accounts of other servers.", examples: [false] }),
  forgeable: z
    .boolean()
    .default(false)
    .meta({
      description: "Whether a server is accepted on which anybody can write in anybody's name.",
      examples: [false],
    }),
});

export const configSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^(?=.*\S)[^\p{C}\p{Zl}\p{Zp}]{1,60}$/u)
      .meta({ description: "The name of the collective, or of its host, for people.", examples: ["La Banquise"] }),
    language: z
      .enum(["fr", "en"])
      .default("fr")
      .meta({ description: "The language of answers to people of whom none is known.", examples: ["fr"] }),
    timezone: z
      .string()
      .refine(isTimezone, {
        error: "is not a time zone",
        params: { mend: "Write it like Europe/Paris: `timedatectl list-timezones` shows all." },
      })
      .default("Europe/Paris")
      .meta({ description: "The time zone of the moments in answers.", examples: ["Europe/Paris"] }),
    age: z
      .string()
      .transform((text, context) => {
        const ms = milliseconds(text);
        if (ms !== undefined && ms >= 10_000 && ms <= 86_400_000) return ms;
        const message = ms === undefined ? "is not a duration" : "is out of bounds: from 10 s to 24 h";
        context.addIssue({
          code: "custom",
          message,
          params: { mend: "Write a number and a unit: 90 s, 10 min, 2 h." },
        });
        return z.NEVER;
      })
      .prefault("10 min")
      .meta({
        description: "A change older than this is kept and not run; the answer offers `run`.",
        examples: ["10 min"],
      }),
    state: z
      .string()
      .min(1)
      .default("./state")
      .meta({ description: "The folder of the bot's records.", examples: ["/var/lib/manchot-bot"] }),
    hypervisors: z
      .array(hypervisor)
      .min(1)
      .refine(
        (all) => all.length <= 1,
        refusal(
          "holds several hypervisors, and so far the bot serves one",
          "Keep one. Until then, run one bot for each of them.",
        ),
      )
      .meta({ description: "The hypervisors: one, so far.", examples: ["[]"] }),
    matrix: matrix.optional(),
    fediverse: fediverse.optional(),
    people,
  })
  .superRefine((config, context) => {
    const { matrix, fediverse } = config;
    const refuse = (path: PropertyKey[], message: string, mend: string): void =>
      context.addIssue({ code: "custom", path, message, params: { mend } });
    const itself = ["is the bot's own account", "Remove it: the bot does not obey itself."] as const;

    if (matrix === undefined && fediverse === undefined) {
      refuse([], "names no network to listen on", "Write the group `matrix:`, `fediverse:`, or both.");
    }
    config.people.forEach(({ accounts }, index) => {
      accounts.matrix?.forEach((account, place) => {
        if (account.split(" ")[0] === matrix?.user) refuse(["people", index, "accounts", "matrix", place], ...itself);
      });
      accounts.fediverse?.forEach((text, place) => {
        const parsed = parseFediverseAccount(text);
        if (fediverse === undefined || !parsed.ok) return;
        const path = ["people", index, "accounts", "fediverse", place];
        if (parsed.account.server !== fediverse.server) {
          const mend = `An account is pinned as ${fediverse.server} knows it: have it looked up there, with \`manchot enrol fediverse\`.`;
          refuse(path, "is pinned as another server than `fediverse.server` knows it", mend);
        } else if (looksLikeBot(parsed.account, fediverse)) refuse(path, ...itself);
        else if (!fediverse.remote && !looksLocal(parsed.account, fediverse)) {
          const mend =
            "Its server could speak in its name. Remove it; or write `remote: true` under `fediverse:`, so that such accounts may ask, and never change anything.";
          refuse(path, "is an account of another server", mend);
        }
      });
    });
  });

function isTimezone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat("en", { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

/** An origin over https; over http on this machine only. */
export function isHomeserver(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(address);
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (username !== "" || password !== "" || pathname !== "/" || search !== "" || hash !== "") return false;
  return protocol === "https:" || (protocol === "http:" && loopback);
}

function isHostKey(text: string): boolean {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return true;
  const [type, blob] = /^((?:ssh|ecdsa)-[a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\n]*)?$/.exec(text)?.slice(1) ?? [];
  if (type === undefined || blob === undefined) return false;
  // The key's own bytes begin with its type: a line whose two halves disagree was mangled.
  const bytes = Buffer.from(blob, "base64");
  return (
    bytes.length > 4 + type.length &&
    bytes.readUInt32BE(0) === type.length &&
    bytes.subarray(4, 4 + type.length).toString() === type
  );
}
