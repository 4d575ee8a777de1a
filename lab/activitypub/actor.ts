/**
 * An ActivityPub actor that keeps to no rule but the signature's: for what a stranger could send to the bot's server.
 * Keys, signatures and the actor's document are Fedify's, so no server's own code makes them; activities are free JSON.
 */
import { createServer, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { generateCryptoKeyPair, signRequest } from "@fedify/fedify/sig";
import { CryptographicKey, Endpoints, Person, Service } from "@fedify/vocab";
import type { NameProxy } from "../snac/proxy.ts";

export type Json = { readonly [key: string]: unknown };

/** What the actor says of itself; it may change it at any time. */
export type Profile = {
  readonly preferredUsername: string;
  readonly displayName?: string;
  /** The page for people; nothing keeps it on the actor's own host. */
  readonly url?: string;
  /** `Service` is a bot. */
  readonly type?: "Person" | "Service";
};

export type NoteOptions = {
  readonly html: string;
  /** In `to`; also mentioned in `tag` unless `tagged` says otherwise. */
  readonly to?: readonly string[];
  readonly cc?: readonly string[];
  readonly tagged?: readonly { readonly uri: string; readonly handle: string }[];
  readonly inReplyTo?: string;
  /** Any claim: past, future. Now, unless given. */
  readonly published?: Date;
  /** Somebody else, in a forged one. */
  readonly attributedTo?: string;
  /** On another host, in a forged one. */
  readonly id?: string;
  /** More fields, or others. */
  readonly more?: Json;
};

/** What is wrong with a delivery. */
export type Forged = {
  /** Claims to have been signed with this key, which it has not. */
  readonly keyId?: string;
  /** Sent in place of what was signed. */
  readonly body?: Json;
};

export type Actor = {
  readonly uri: string;
  /** `@user@host`, as it is now. */
  handle(): string;
  readonly host: string;
  note(options: NoteOptions): Json;
  create(note: Json): Json;
  /** An edit: the same note with other HTML. */
  update(note: Json, html: string): Json;
  announce(uri: string): Json;
  remove(uri: string): Json;
  /** Says other things of itself from now on; returns the activity that tells them so. */
  become(profile: Partial<Profile>, to: readonly string[]): Promise<Json>;
  /** Signs an activity and puts it into somebody's inbox; the server's answer, which promises nothing yet. */
  deliver(activity: Json, to: { readonly actorUri: string }, forged?: Forged): Promise<number>;
  stop(): Promise<void>;
};

export const everybody = "https://www.w3.org/ns/activitystreams#Public";
const activityJson = "application/activity+json";
let made = 0;

/** Each actor has a host name of its own, unless given: servers keep the keys they have seen. `path`: of its URI. */
export async function startActor(
  names: NameProxy,
  first: Profile,
  host: string = `${first.preferredUsername.toLowerCase()}-${++made}.test`,
  path = "/actor",
): Promise<Actor> {
  const origin = `http://${host}`;
  const uri = `${origin}${path}`;
  const keys = await generateCryptoKeyPair("RSASSA-PKCS1-v1_5");
  let profile = first;
  let serial = 0;
  const documents = new Map<string, Json>();

  async function describe(): Promise<Json> {
    const Kind = profile.type === "Service" ? Service : Person;
    const actor = new Kind({
      id: new URL(uri),
      preferredUsername: profile.preferredUsername,
      name: profile.displayName ?? profile.preferredUsername,
      url: new URL(profile.url ?? `${origin}/@${profile.preferredUsername}`),
      inbox: new URL(`${uri}/inbox`),
      outbox: new URL(`${uri}/outbox`),
      followers: new URL(`${uri}/followers`),
      endpoints: new Endpoints({ sharedInbox: new URL(`${origin}/inbox`) }),
      publicKey: new CryptographicKey({
        id: new URL(`${uri}#main-key`),
        owner: new URL(uri),
        publicKey: keys.publicKey,
      }),
    });
    return (await actor.toJsonLd()) as Json;
  }
  documents.set(uri, await describe());

  const server = createServer((asked, answer) => {
    const at = URL.parse(asked.url ?? "", origin);
    if (asked.method === "POST") return void answer.writeHead(202).end();
    if (at?.pathname === "/.well-known/webfinger") {
      const subject = `acct:${profile.preferredUsername}@${host}`;
      return reply(
        answer,
        { subject, links: [{ rel: "self", type: activityJson, href: uri }] },
        "application/jrd+json",
      );
    }
    const found = at === null ? undefined : documents.get(`${origin}${at.pathname}`);
    if (found === undefined) return void answer.writeHead(404).end();
    reply(answer, found, activityJson);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  names.route(host, (server.address() as AddressInfo).port);

  const activity = (type: string, object: unknown, more: Json = {}): Json => ({
    "@context": "https://www.w3.org/ns/activitystreams",
    id: `${uri}/activities/${++serial}`,
    type,
    actor: uri,
    published: new Date().toISOString(),
    to: [everybody],
    object,
    ...more,
  });
  const about = (note: Json): Json => ({ to: note.to, cc: note.cc });
  return {
    uri,
    host,
    handle: () => `@${profile.preferredUsername}@${host}`,
    note({ html, to = [], cc = [], tagged = [], inReplyTo, published, attributedTo, id, more }) {
      const note: Json = {
        "@context": "https://www.w3.org/ns/activitystreams",
        id: id ?? `${uri}/notes/${++serial}`,
        type: "Note",
        attributedTo: attributedTo ?? uri,
        content: html,
        published: (published ?? new Date()).toISOString(),
        to,
        cc,
        tag: tagged.map(({ uri: href, handle: name }) => ({ type: "Mention", href, name })),
        ...(inReplyTo === undefined ? {} : { inReplyTo }),
        ...more,
      };
      documents.set(String(note.id), note);
      return note;
    },
    create: (note) => activity("Create", note, about(note)),
    update(note, html) {
      const edited = { ...note, content: html, updated: new Date().toISOString() };
      documents.set(String(note.id), edited);
      return activity("Update", edited, about(note));
    },
    announce: (object) => activity("Announce", object),
    remove: (object) => activity("Delete", { id: object, type: "Tombstone" }),
    async become(changes, to) {
      profile = { ...profile, ...changes };
      const described = await describe();
      documents.set(uri, described);
      return activity("Update", { ...described, to }, { to });
    },
    async deliver(sent, { actorUri }, forged = {}) {
      const inbox = new Request(`${actorUri}/inbox`, {
        method: "POST",
        headers: { "content-type": activityJson, accept: activityJson },
        body: JSON.stringify(sent),
      });
      const spec = "draft-cavage-http-signatures-12";
      const keyId = new URL(forged.keyId ?? `${uri}#main-key`);
      const signed = await signRequest(inbox, keys.privateKey, keyId, { spec });
      const body = forged.body === undefined ? await signed.arrayBuffer() : JSON.stringify(forged.body);
      return send(names, signed, Buffer.from(body as ArrayBuffer));
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function reply(answer: ServerResponse, document: Json, type: string): void {
  answer.writeHead(200, { "content-type": type, connection: "close" }).end(JSON.stringify(document));
}

/** Through the proxy, which alone knows the name: a client's own connection would ask DNS. */
function send(names: NameProxy, signed: Request, body: Buffer): Promise<number> {
  const { hostname, port } = new URL(names.url);
  const headers = { ...Object.fromEntries(signed.headers), "content-length": String(body.length) };
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: signed.url, method: signed.method, headers, agent: false };
    const sending = request(options, (answer) => {
      answer.resume();
      answer.on("end", () => resolve(answer.statusCode ?? 0));
    });
    sending.on("error", reject);
    sending.end(body);
  });
}
