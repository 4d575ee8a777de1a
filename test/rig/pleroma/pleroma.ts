/**
 * A Pleroma server for tests: real HTTP and WebSocket on the loopback interface, everything else in memory. It does
 * what Pleroma 2.7.0 did in the recordings (test/fixtures/fediverse/pleroma/), and no more: a call that no recording
 * covers is answered with 501 and makes `stop()` fail. Checked against the recordings in
 * test/chat/fediverse/pleroma-stand-in.test.ts.
 */
import { keepSecret } from "../logs.ts";
import type { Call, Fault } from "./faults.ts";
import { Idempotency } from "./idempotency.ts";
import { secret } from "./ids.ts";
import { Limits } from "./limits.ts";
import { notify } from "./notifications.ts";
import { boost, deliver, post, publish, remove, replaceText } from "./posting.ts";
import { render } from "./rendering.ts";
import { type PleromaOptions, type PleromaPost, type PleromaUser, type RemoteNote, shown } from "./seen-by-tests.ts";
import { PleromaServer } from "./server.ts";
import { Streaming } from "./streaming.ts";
import { type Account, type Status, World } from "./world.ts";

export type { PleromaOptions, PleromaPost };

export class Pleroma {
  readonly url: string;
  readonly #world: World;
  readonly #server: PleromaServer;
  readonly #streaming: Streaming;
  readonly #limits: Limits;
  readonly #idempotency: Idempotency;
  readonly #characters: number;
  readonly #tokens = new Map<Account, string>();

  /** Only `startPleroma` makes one. */
  constructor(url: string, world: World, server: PleromaServer, streaming: Streaming, options: PleromaOptions) {
    this.url = url;
    this.#world = world;
    this.#server = server;
    this.#streaming = streaming;
    this.#characters = options.limits?.characters ?? 5_000;
    this.#limits = new Limits(world.now, options.limits?.posts ?? 15, options.limits?.windowMs ?? 10_000);
    this.#idempotency = new Idempotency(world.now, options.idempotencyMs ?? 6 * 3_600_000);
    world.origin = options.origin ?? url;
    for (const nickname of options.users) this.#join(nickname);
    this.limitUploads(options.limits?.uploadBytes ?? 16_000_000);
  }

  /** The largest file that it takes from now on. */
  limitUploads(uploadBytes: number): void {
    this.#server.use({
      url: this.url,
      characters: this.#characters,
      uploadBytes,
      limits: this.#limits,
      idempotency: this.#idempotency,
    });
  }

  /** Every call so far, without its tokens. */
  get calls(): readonly Call[] {
    return this.#server.calls;
  }

  /** Forgets the calls so far, which a long run would pile up. */
  forgetCalls(): void {
    this.#server.calls.length = 0;
  }

  /** What to do with each call from now on, stream handshakes among them. */
  set fault(fault: (call: Call) => Fault) {
    this.#server.fault = fault;
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streaming.open;
  }

  /** Whether streams answer pings. */
  set pongs(answered: boolean) {
    this.#streaming.pongs = answered;
  }

  /** Whether a stream carries a post before its notification, or after it: the real one does both. */
  set updateFirst(first: boolean) {
    this.#world.updateFirst = first;
  }

  /** One of the server's own users, with a token of full scope that works until it is revoked. */
  user(nickname: string): PleromaUser {
    const account = this.#world.account(nickname);
    const { id, apId, acct, password } = account;
    return { id, apId, acct, password, token: this.#tokens.get(account) ?? "" };
  }

  /** The account itself: a test may change what its owner, or its server, can change. */
  account(name: string): Account {
    return this.#world.account(name);
  }

  /** What a token that the server gave out is good for. */
  scopesOf(token: string): readonly string[] {
    return this.#world.tokens.get(token)?.scopes ?? [];
  }

  /** Another token for a user, of certain scopes alone. */
  tokenFor(nickname: string, ...scopes: string[]): string {
    return this.#token(this.#world.account(nickname), scopes);
  }

  /** A post by one of the server's own users, who is not held to the limit of posts. Fails where it is refused. */
  say(
    nickname: string,
    text: string,
    more: {
      readonly visibility?: string;
      readonly inReplyTo?: string;
      readonly spoiler?: string;
      readonly language?: string;
    } = {},
  ): PleromaPost {
    const author = this.#world.account(nickname);
    const made = post(this.#world, author, { text, ...more, app: `study-${nickname}` }, this.#characters);
    if ("error" in made) throw new Error(`the stand-in refused the post: ${made.error}`);
    return shown(made);
  }

  /** A note of another server arrives. The same `uri` again is the same note, delivered once more. */
  remote(note: RemoteNote): PleromaPost {
    const known = [...this.#world.statuses.values()].find((one) => one.uri === note.uri && one.reblogOf === undefined);
    if (known !== undefined) {
      deliver(this.#world, known);
      return shown(known);
    }
    const parent = note.inReplyTo === undefined ? undefined : this.#world.status(note.inReplyTo);
    return shown(
      publish(this.#world, {
        author: this.#met(note.acct, note.apId),
        html: note.html,
        source: note.html,
        contentType: "text/html",
        spoiler: "",
        sensitive: false,
        visibility: note.visibility,
        addressed: note.mentions.map((name) => this.#world.account(name)),
        inReplyTo: parent,
        media: [],
        language: undefined,
        app: undefined,
        uri: note.uri,
        url: note.uri,
        ...(note.createdAt === undefined ? {} : { createdAt: note.createdAt }),
      }),
    );
  }

  /** An account of another server, as this one knows it; made known where it was not. */
  peer(acct: string, apId: string): Account {
    return this.#met(acct, apId);
  }

  /** Posts that are there, in the order in which they came. */
  statuses(of: { readonly by?: string } = {}): readonly PleromaPost[] {
    const author = of.by === undefined ? undefined : this.#world.account(of.by);
    return [...this.#world.statuses.values()]
      .filter((one) => !one.deleted && one.reblogOf === undefined && (author === undefined || one.author === author))
      .map(shown);
  }

  /** Its author gives it another text: what is typed for one of the server's own users, HTML for any other. */
  edit(id: string, text: string): void {
    const status = this.#status(id);
    const find = (nickname: string) => this.#world.accounts.find((one) => one.acct === nickname);
    const html = status.author.local ? render(text, this.#world.origin, find).html : text;
    replaceText(this.#world, status, html, text);
  }

  /** An account joins the server. */
  join(nickname: string): void {
    this.#join(nickname);
  }

  boost(by: string, id: string): void {
    boost(this.#world, this.#world.account(by), this.#status(id));
  }

  favourite(by: string, id: string): void {
    this.#tellAuthor(by, id, "favourite");
  }

  follow(by: string, whom: string): void {
    const followed = this.#world.account(whom);
    this.#world.account(by).follows.add(followed.id);
    notify(this.#world, followed, this.#world.account(by), "follow", undefined);
  }

  delete(id: string): void {
    remove(this.#world, this.#status(id));
  }

  /** Puts a raw frame on a user's streams. */
  frame(nickname: string, raw: string): void {
    this.#streaming.frame(this.#world.account(nickname), raw);
  }

  closeStreams(code: 1000 | 1006): void {
    this.#streaming.close(code);
  }

  /** Takes the user's tokens back: calls get 403, open streams end with 1000. */
  revoke(nickname: string): void {
    const account = this.#world.account(nickname);
    for (const token of [...this.#world.tokens.values()]) {
      if (token.account !== account) continue;
      this.#world.tokens.delete(token.value);
      this.#world.tell({ kind: "revoked", token: token.value });
    }
  }

  /** The server starts anew: what it kept in memory alone (idempotency, limits) is gone, and so are the streams. */
  restart(): void {
    this.#idempotency.forget();
    this.#limits.forget();
    this.#streaming.close(1006);
  }

  /** Stops; fails where a call came that no recording covers. */
  async stop(): Promise<void> {
    await this.#server.stop();
    const { unrecorded } = this.#server;
    if (unrecorded.length > 0) throw new Error(`calls that no recording covers:\n${unrecorded.join("\n")}`);
  }

  #join(nickname: string): void {
    const apId = `${this.#world.origin}/users/${nickname}`;
    const account = this.#add(nickname, nickname, apId, true);
    this.#tokens.set(account, this.#token(account, ["read", "write", "follow", "push"]));
  }

  #met(acct: string, apId: string): Account {
    const known = this.#world.accounts.find((one) => one.apId === apId);
    return known ?? this.#add(acct.split("@")[0] ?? acct, acct, apId, false);
  }

  #add(nickname: string, acct: string, apId: string, local: boolean): Account {
    const account: Account = {
      id: this.#world.id(),
      apId,
      nickname,
      acct,
      url: apId,
      displayName: nickname,
      bot: false,
      chats: true,
      note: "",
      locked: false,
      disabled: false,
      local,
      createdAt: this.#world.now(),
      password: keepSecret(`pw-${nickname}-12345`),
      follows: new Set(),
    };
    this.#world.accounts.push(account);
    return account;
  }

  #token(account: Account, scopes: readonly string[]): string {
    const app = { clientId: secret(), clientSecret: secret(), name: `study-${account.nickname}` };
    const value = secret();
    this.#world.apps.set(app.clientId, app);
    this.#world.tokens.set(value, { value, account, scopes, app });
    return value;
  }

  #status(id: string): Status {
    const status = this.#world.status(id);
    if (status === undefined) throw new Error(`the stand-in has no post ${id}`);
    return status;
  }

  #tellAuthor(by: string, id: string, type: string): void {
    const status = this.#status(id);
    notify(this.#world, status.author, this.#world.account(by), type, status);
  }
}

export async function startPleroma(options: PleromaOptions): Promise<Pleroma> {
  const world = new World(options.now ?? Date.now);
  const streaming = new Streaming(world, options.pingMs ?? 30_000);
  const server = new PleromaServer(world, streaming);
  world.tell = (happening) => streaming.tell(happening);
  return new Pleroma(await server.listen(), world, server, streaming, options);
}
