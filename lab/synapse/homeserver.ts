/** Synapse's process: its configuration for tests, and how its foreign Python is started. */
import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, hasEnded, startOwned } from "../owned.ts";

export const serverName = "lab.localhost";
/** Known to everybody, on purpose: this server lives for one test, on the loopback interface. */
export const registrationSecret = "lab-registration";

const limits = [
  "rc_registration",
  "rc_registration_token_validity",
  "rc_admin_redaction",
  "rc_joins_per_room",
  "rc_3pid_validation",
  "rc_third_party_invite",
  "rc_media_create",
  "rc_delayed_event_mgmt",
  "rc_key_requests",
  "rc_user_directory",
  "rc_reports",
  "rc_room_creation",
];

export type Rates = {
  readonly messages?: { readonly perSecond: number; readonly burst: number };
  /** The largest file that may be uploaded; Synapse's own measure where it is not given. */
  readonly uploadBytes?: number;
};

function configuration(data: string, port: number, rates: Rates): string {
  const wide = "{ per_second: 100000, burst_count: 100000 }";
  const messages =
    rates.messages === undefined
      ? wide
      : `{ per_second: ${rates.messages.perSecond}, burst_count: ${rates.messages.burst} }`;
  return `server_name: "${serverName}"
public_baseurl: "http://127.0.0.1:${port}/"
pid_file: "${data}/synapse.pid"
signing_key_path: "${data}/signing.key"
log_config: "${data}/log.yaml"
media_store_path: "${data}/media"
report_stats: false
suppress_key_server_warning: true
registration_shared_secret: "${registrationSecret}"
macaroon_secret_key: "lab-macaroon"
form_secret: "lab-form"
enable_registration: false
trusted_key_servers: []
federation_domain_whitelist: []
presence: { enabled: false }
database: { name: sqlite3, args: { database: "${data}/homeserver.db" } }
listeners:
  - { port: ${port}, tls: false, type: http, bind_addresses: ["127.0.0.1"], resources: [{ names: [client], compress: false }] }
bcrypt_rounds: 4
# Else the same first sync, asked twice within two minutes, would be answered from memory.
caches: { sync_response_cache_duration: 0s }
url_preview_enabled: false
enable_authenticated_media: true
${rates.uploadBytes === undefined ? "" : `max_upload_size: ${rates.uploadBytes}`}
rc_message: ${messages}
rc_login: { address: ${wide}, account: ${wide}, failed_attempts: ${wide} }
rc_joins: { local: ${wide}, remote: ${wide} }
rc_invites: { per_room: ${wide}, per_user: ${wide}, per_issuer: ${wide} }
rc_presence: { per_user: ${wide} }
${limits.map((limit) => `${limit}: ${wide}`).join("\n")}
`;
}

const logging = (data: string): string => `version: 1
formatters: { plain: { format: "%(asctime)s %(levelname)s %(name)s %(message)s" } }
handlers: { file: { class: logging.FileHandler, formatter: plain, filename: "${data}/homeserver.log" } }
root: { level: WARNING, handlers: [file] }
disable_existing_loggers: false
`;

/** Another program took the port between its choice and its use, or it was never free. */
export class SynapsePortTaken extends Error {}

export type SynapseStart = {
  /** The unpacked packages. */
  readonly tree: string;
  readonly data: string;
  readonly port: number;
  readonly rates?: Rates;
};

/** Starts Synapse; resolves when it answers. It dies with this process. */
export async function startProcess({ tree, data, port, rates = {} }: SynapseStart): Promise<ChildProcess> {
  const root = join(tree, "root");
  const library = join(root, "usr/lib/x86_64-linux-gnu");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, "homeserver.yaml"), configuration(data, port, rates));
  writeFileSync(join(data, "log.yaml"), logging(data));
  const python = [join(library, "ld-linux-x86-64.so.2"), "--library-path", library, join(root, "usr/bin/python3")];
  const synapse = [...python, "-m", "synapse.app.homeserver", "-c", join(data, "homeserver.yaml")];
  const env = {
    PATH: "/usr/bin:/bin",
    PYTHONHOME: join(root, "usr"),
    PYTHONNOUSERSITE: "1",
    PYTHONSAFEPATH: "1",
    // The tree was compiled when it was fetched; tests that run at once do not write into it.
    PYTHONDONTWRITEBYTECODE: "1",
    SSL_CERT_FILE: "/etc/ssl/certs/ca-certificates.crt",
  };
  const log = openSync(join(data, "stderr.log"), "a");
  try {
    if (!existsSync(join(data, "signing.key"))) {
      const keys = startOwned([...synapse, "--generate-keys"], { cwd: data, env, log });
      await new Promise((resolve) => keys.once("exit", resolve));
    }
    const child = startOwned(synapse, { cwd: data, env, log });
    await answering(child, data, port);
    return child;
  } finally {
    closeSync(log);
  }
}

async function answering(child: ChildProcess, data: string, port: number): Promise<void> {
  const url = `http://127.0.0.1:${port}/_matrix/client/versions`;
  for (const until = Date.now() + 120_000; Date.now() < until; await sleep(100)) {
    if (hasEnded(child)) {
      const words = readFileSync(join(data, "stderr.log"), "utf8").trim().slice(-2000);
      if (/Address already in use|Couldn't listen on/.test(words)) throw new SynapsePortTaken(words);
      throw new Error(`Synapse ended at once: ${words}`);
    }
    const answered = await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (answered) return;
  }
  await end(child);
  throw new Error(`Synapse did not answer within two minutes; see ${data}`);
}
