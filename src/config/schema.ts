/** What `manchot.yaml` holds. Every key is explained in manchot.example.yaml. Keys that are not here are refused. */
import { z } from "zod";
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
    matrix,
    people,
  })
  .superRefine((config, context) => {
    config.people.forEach((person, index) => {
      person.accounts.matrix?.forEach((account, place) => {
        if (account !== config.matrix.user) return;
        const mend = "Remove it: the bot does not obey itself.";
        context.addIssue({
          code: "custom",
          path: ["people", index, "accounts", "matrix", place],
          message: "is the bot's own account",
          params: { mend },
        });
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

function isHomeserver(address: string): boolean {
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
