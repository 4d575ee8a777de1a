/**
 * The way to an executor by SSH: a pinned host key, the bot's own key and nothing else, one channel held open. What runs
 * at the other end is the forced command of the host's `authorized_keys`, whatever is asked for here.
 */
import ssh2, { type Algorithms, type Client } from "ssh2";
import type { Log } from "../log.ts";
import { fingerprintOf, type HostKeyPin } from "./host-key.ts";
import type { Unavailable } from "./port.ts";
import { type Opened, type Transport, unreachable } from "./transport.ts";
import { createTail, plainWords } from "./words.ts";

export type SshOptions = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The bot's private key in OpenSSH's format, without a passphrase. */
  readonly privateKey: string;
  readonly hostKey: HostKeyPin;
  readonly log: Log;
  readonly timings?: Partial<SshTimings>;
};

export type SshTimings = {
  readonly keepAliveMs: number;
  /** How many keep-alives may go unanswered before the connection counts as broken. */
  readonly keepAliveMisses: number;
  /** For an attempt as a whole: name, connection, keys, authentication, channel. */
  readonly connectMs: number;
  /** How soon a host with another key is tried again. */
  readonly untrustedRetryMs: number;
  /** How soon a host that refused the bot's key is tried again: hosts ban those who knock too often. */
  readonly refusedRetryMs: number;
};

const defaults: SshTimings = {
  keepAliveMs: 15_000,
  keepAliveMisses: 3,
  connectMs: 20_000,
  untrustedRetryMs: 180_000,
  refusedRetryMs: 60_000,
};

/** Only what both a current ssh2 and Debian 13's OpenSSH hold to be sound today. */
const algorithms: Algorithms = {
  kex: ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256", "diffie-hellman-group16-sha512"],
  cipher: ["chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com"],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"],
  compress: ["none"],
};
type Signatures = Extract<NonNullable<Algorithms["serverHostKey"]>, unknown[]>;
const rsaSignatures: Signatures = ["rsa-sha2-512", "rsa-sha2-256"];
const hostKeyTypes: Signatures = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  ...rsaSignatures,
];

/** Throws where the private key cannot be read: nothing could ever work then. The message holds nothing of the key. */
export function sshTransport(options: SshOptions): Transport {
  const key = ssh2.utils.parseKey(options.privateKey);
  if (key instanceof Error || !key.isPrivateKey()) {
    throw new Error(
      "The bot's SSH key cannot be read: it must be a private key without a passphrase. " +
        "To make one: ssh-keygen -t ed25519 -N '' -f FILE",
    );
  }
  return {
    open: (signal) => attempt(options, { ...defaults, ...options.timings }, signal),
    close: async () => {},
  };
}

function attempt(options: SshOptions, timings: SshTimings, signal: AbortSignal): Promise<Opened> {
  return new Promise((resolve) => {
    const client: Client = new ssh2.Client();
    const remote = createTail();
    let refusedKey: Opened | undefined;
    let opened = false;
    /** What this side, or else the other, gave as the reason of the end. */
    let error: string | undefined;
    let exit: string | undefined;
    let tellClosed: (why: Unavailable) => void = () => {};
    const closed = new Promise<Unavailable>((tell) => {
      tellClosed = tell;
    });
    const stop = (): void => void client.destroy();

    function finish(outcome: Opened): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(outcome);
      if (!outcome.ok) stop();
    }
    const fail = (why: string): void => finish(refusedKey ?? { ok: false, unavailable: unreachable(why) });
    const onAbort = (): void => fail("the bot is stopping");
    const timer = setTimeout(() => fail(`no connection within ${timings.connectMs / 1000} s`), timings.connectMs);
    signal.addEventListener("abort", onAbort);

    client.on("error", (fault) => {
      error = plainWords(fault.message);
      if (opened) stop();
      else if (fault.level !== "client-authentication") fail(error);
      else {
        const unavailable = unreachable(`the host does not accept the bot's key for ${options.user}`);
        finish({ ok: false, unavailable, retryAfterMs: timings.refusedRetryMs });
      }
    });
    client.on("close", () => {
      const why = error ?? (remote.words() || exit || "the connection was closed");
      tellClosed(unreachable(why));
      if (!opened) fail(why);
    });
    client.on("ready", () => {
      // The forced command decides what runs; this name is only for the host's log.
      client.exec("manchot-executor attach", (fault, stream) => {
        if (fault !== undefined) {
          fail(plainWords(fault.message));
          return;
        }
        opened = true;
        stream.stderr.on("data", remote.add);
        stream.on("exit", (code: number | null, name?: string) => {
          exit = `the executor's end of the channel ended (${code === null ? name : `exit ${code}`})`;
        });
        stream.on("close", stop);
        finish({ ok: true, channel: { incoming: stream, outgoing: stream, closed, close: stop } });
      });
    });

    client.connect({
      host: options.host,
      port: options.port,
      username: options.user,
      privateKey: options.privateKey,
      authHandler: ["publickey"],
      tryKeyboard: false,
      readyTimeout: timings.connectMs,
      keepaliveInterval: timings.keepAliveMs,
      keepaliveCountMax: timings.keepAliveMisses,
      algorithms: { ...algorithms, serverHostKey: signaturesOf(options.hostKey.type) },
      hostVerifier: (blob: Buffer) => {
        const shown = fingerprintOf(blob);
        if (shown === options.hostKey.fingerprint) return true;
        refusedKey = { ok: false, unavailable: untrusted(options, shown), retryAfterMs: timings.untrustedRetryMs };
        return false;
      },
    });
  });
}

/** The host shows another key: an attack, or a host that was made anew. Nobody but the admins can tell. */
function untrusted(options: SshOptions, shown: string): Unavailable {
  const { host, port, hostKey, log } = options;
  const values = { host, port, pinned: hostKey.fingerprint, shown };
  log.error(values, "THE HOST KEY HAS CHANGED: the connection was refused, nothing was sent");
  return { kind: "untrusted", why: `${host} shows the host key ${shown}, but ${hostKey.fingerprint} is pinned` };
}

/** Of a pinned key's own type only: a host may have several keys, and would else show the wrong one. */
function signaturesOf(type: string | undefined): Signatures {
  if (type === "ssh-rsa") return rsaSignatures;
  return type === undefined ? hostKeyTypes : hostKeyTypes.filter((known) => known === type);
}
