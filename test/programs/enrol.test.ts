import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { printProblems } from "../../src/config/problem.ts";
import { peopleOf } from "../../src/people/people.ts";
import { readGiven } from "../../src/programs/enrol/given.ts";
import { missing, openScreen } from "../chat/terminal/tmux.ts";
import { type Pleroma, startPleroma } from "../rig/pleroma/pleroma.ts";
import { startProgram } from "../rig/process.ts";

const folder = mkdtempSync(join(tmpdir(), "manchot-enrol-"));
const file = join(folder, "token");
const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  rmSync(file, { force: true });
  for (const one of open.splice(0)) await one.stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function pleromaWith(...users: string[]): Promise<Pleroma> {
  const pleroma = await startPleroma({ users });
  open.push(pleroma);
  return pleroma;
}

const argvFor = (server: string, ...more: string[]): [string, ...string[]] => [
  process.execPath,
  ...["src/main.ts", "enrol", "fediverse", "--server", server, "--user", "bot", "--token-file", file, ...more],
];

/** Runs it with these lines typed into a pipe. */
async function enrol(server: string, typed: readonly string[], ...more: string[]) {
  const program = startProgram(argvFor(server, ...more));
  program.write(typed.map((line) => `${line}\n`).join(""));
  program.endInput();
  const code = await program.exited;
  return { code, text: program.lines.join("\n") };
}

const tokenIn = (path: string): string => readFileSync(path, "utf8").trimEnd();
const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

async function ask(pleroma: Pleroma, token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${pleroma.url}/api/v1/accounts/verify_credentials`, { headers });
  return { status: answer.status, account: (await answer.json()) as Record<string, unknown> };
}

test("it makes a token, prepares the profile, and prints what a configuration takes as it is", async () => {
  const pleroma = await pleromaWith("bot", "zelie", "alice");
  pleroma.account("zelie").displayName = "Zélie\u202e ❄";
  const domain = "127.0.0.1";
  const { code, text } = await enrol(
    pleroma.url,
    ["pw-bot-12345"],
    ...["--person", "zelie", "--person", `@alice@${domain}`, "--owner", "Zélie, zelie@banquise.example"],
  );
  expect(code, text).toBe(0);

  const token = tokenIn(file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { status, account } = await ask(pleroma, token);
  expect(status).toBe(200);
  expect(account).toMatchObject({ bot: true, pleroma: { accepts_chat_messages: false } });
  const { note } = account.source as { note: string };
  expect(note).toContain("Je suis un bot");
  expect(note).toContain("write “@bot help” to me");
  expect(note).toContain("Responsable : Zélie, zelie@banquise.example");
  expect(note.length).toBeLessThanOrEqual(500);
  for (const secret of [token, "pw-bot-12345"]) expect(text).not.toContain(secret);

  const zelie = `${pleroma.url} ${pleroma.user("zelie").id} ${pleroma.user("zelie").apId}`;
  expect(text).toContain(`# @zelie@${domain}, “Zélie ❄”: an account of this server\n      fediverse: ["${zelie}"]`);
  // Pasted into the example, it loads, with the token that was made.
  const block = /^fediverse:\n(?: .*\n)+/m;
  const pasted = block.exec(`${text}\n`)?.[0].split("\n\n")[0] ?? "";
  const example = readFileSync("manchot.example.yaml", "utf8");
  const configuration = join(folder, "manchot.yaml");
  writeFileSync(
    configuration,
    example.replace(block, pasted).replace(/^ {6}fediverse: .*/m, `      fediverse: ["${zelie}"]`),
  );
  const variable = /^(MANCHOT_FEDIVERSE_TOKEN_FILE)=(.*)$/m.exec(text);
  const loaded = loadConfig(configuration, {
    MANCHOT_MATRIX_TOKEN: "syt_hunter2hunter2",
    [variable?.[1] ?? ""]: variable?.[2] ?? "",
  });
  if (!loaded.ok) throw new Error(printProblems(loaded.problems));
  expect(loaded.config.fediverse).toMatchObject({ server: pleroma.url, user: `@bot@${domain}`, remote: false });
  expect(loaded.config.fediverse?.token.reveal()).toBe(token);
  expect(peopleOf(loaded.config.people).byAccount("fediverse", zelie)?.id).toBe("zelie");
});

test("run again, it replaces the token and changes nothing else; a description by hand stays", async () => {
  const pleroma = await pleromaWith("bot");
  pleroma.account("bot").note = "Le manchot de la maison.";
  await enrol(pleroma.url, ["pw-bot-12345"]);
  const first = tokenIn(file);
  const patches = () => pleroma.calls.filter((call) => call.method === "PATCH").length;
  const before = patches();
  const { code, text } = await enrol(pleroma.url, ["pw-bot-12345"]);
  expect(code).toBe(0);
  expect(text).toContain("its profile was ready already");
  expect(text).toContain("It replaces the one that was there, which still works: revoke it");
  expect(patches()).toBe(before);
  expect(tokenIn(file)).not.toBe(first);
  expect((await ask(pleroma, first)).status).toBe(200);
  expect(pleroma.account("bot")).toMatchObject({ bot: true, note: "Le manchot de la maison.", chats: false });
  await enrol(pleroma.url, ["pw-bot-12345"], "--owner", "Zélie");
  expect(pleroma.account("bot").note).toContain("Run by: Zélie");
});

test("the token has no more rights than the bot needs", async () => {
  const pleroma = await pleromaWith("bot");
  const { text } = await enrol(pleroma.url, ["pw-bot-12345"]);
  expect(text).toContain("(read write:statuses write:media write:accounts)");
  expect(pleroma.scopesOf(tokenIn(file))).toEqual(["read", "write:statuses", "write:media", "write:accounts"]);
});

test("accounts of other servers, bots, and accounts that are not known are told as what they are", async () => {
  const pleroma = await pleromaWith("bot", "zelie");
  const apId = "https://ailleurs.example/users/zelie";
  const remote = pleroma.peer("zelie@ailleurs.example", apId);
  pleroma.account("zelie").bot = true;
  const { code, text } = await enrol(
    pleroma.url,
    ["pw-bot-12345"],
    ...["--person", "zelie@ailleurs.example", "--person", "zelie", "--person", "nobody", "--person", "x@loin.example"],
  );
  expect(code).toBe(1);
  expect(text).toContain("an account of ANOTHER server: it needs `remote: true`, and may ask only");
  expect(text).toContain(`fediverse: ["${pleroma.url} ${remote.id} ${apId}"]`);
  expect(text).toContain("an account of this server; marked as a BOT");
  expect(text).toContain(`@nobody is not known at ${pleroma.url}\n  See how the account is spelt.`);
  expect(text).toContain("@x@loin.example is not known");
  expect(text).toContain("have them write to the bot");
  expect(isThere(file)).toBe(true);
});

const failing = async (fault: Pleroma["fault"] | undefined, typed: string[], ...more: string[]) => {
  const pleroma = await pleromaWith("bot");
  if (fault !== undefined) pleroma.fault = fault;
  const { code, text } = await enrol(pleroma.url, typed, ...more);
  expect(code, text).toBe(1);
  expect(isThere(file)).toBe(false);
  expect(text).toMatch(/manchot enrol: .*\n {2}\S/);
  expect(text).not.toMatch(/pw-|wrong-one| at .*\.ts/);
  expect(pleroma.account("bot")).toMatchObject({ bot: false, note: "", chats: true });
  return text;
};

test("a wrong password, or none: nothing is made, and the mend is told", async () => {
  expect(await failing(undefined, ["wrong-one"])).toContain("the server does not take this name and password");
  expect(await failing(undefined, [])).toContain("nothing was typed, so nothing was made");
});

test("a second factor sends to the browser", async () => {
  const body = JSON.stringify({ error: "mfa_required", mfa_token: "pw-mfa-token", supported_challenge_types: "totp" });
  const text = await failing(
    ({ route }) => (route === "/oauth/token" ? { status: 403, body } : "pass"),
    ["pw-bot-12345"],
  );
  expect(text).toContain("@bot has a second factor, which only a browser can give\n  Run it again with --browser");
});

test("a server that limits, breaks off, or is none", async () => {
  const at = (path: string, fault: ReturnType<NonNullable<Pleroma["fault"]>>) => (call: { route: string }) =>
    call.route === path ? fault : ("pass" as const);
  const limited = { status: 429, body: '{"error":"Throttled"}' } as const;
  expect(await failing(at("/api/v1/apps", limited), ["pw-bot-12345"])).toContain(
    "The server has had too many tries: wait",
  );
  const page = {
    status: 200,
    body: "<html>Welcome to nginx</html>",
    headers: { "content-type": "text/html" },
  } as const;
  expect(await failing(at("/api/v1/instance", page), [])).toContain("See whether http://127.0.0.1");
  expect(await failing(at("/oauth/token", "reset-before"), ["pw-bot-12345"])).toContain("POST /oauth/token");
  const closed = await pleromaWith();
  open.pop();
  await closed.stop();
  const { code, text } = await enrol(closed.url, []);
  expect(code).toBe(1);
  expect(text).toContain("--server wants the address that does");
});

test("another one's login is not taken for the bot's", async () => {
  const url = await otherServer("4.5.0", (path) => {
    if (path === "/api/v1/apps") return { client_id: "the-client", client_secret: "client-secret-1" };
    if (path === "/oauth/token") return { access_token: "mastodon-token-1" };
    return { id: "110", acct: "zelie", username: "zelie", uri: "http://ops.test/users/zelie" };
  });
  const { code, text } = await enrol(url, ["the-code-1"], "--browser");
  expect(code).toBe(1);
  expect(text).toContain("the token is for @zelie, not for @bot\n  Log in as the bot");
  expect(isThere(file)).toBe(false);
});

test.each<[string, readonly string[], string]>([
  ["no network", ["--server", "https://a.example"], "say `matrix` or `fediverse` first"],
  ["a secret on the command line", ["fediverse", "--password", "hunter2"], "Unknown option '--password'"],
  ["no server", ["fediverse", "--user", "bot"], "--server wants https://"],
  ["a server in clear", ["fediverse", "--server", "http://a.example"], "--server wants https://"],
  ["no user", ["fediverse", "--server", "https://a.example"], "--user wants the bot's name"],
  ["an odd person", ["fediverse", "--server", "https://a.example", "--user", "b", "--person", "a b"], "--person wants"],
])("a command line that is not understood: %s", (_, args, wrong) => {
  expect(readGiven(args)).toEqual({ wrong: expect.stringContaining(wrong) });
});

test("a command line that is not understood ends it, and is not repeated", async () => {
  const program = startProgram([process.execPath, "src/main.ts", "enrol", "fediverse", "--password", "hunter2"]);
  expect(await program.exited).toBe(2);
  expect(program.lines.join("\n")).toMatch(/^manchot enrol: .*\n\nmanchot enrol fediverse --server/);
  expect(program.lines.join("\n")).not.toContain("hunter2");
});

test.each([
  ["enrol", "matrix"],
  ["enrol", "fediverse"],
  ["policy", "explain"],
  ["sign", "41"],
])("%s %s --help tells of it alone", async (...words) => {
  const program = startProgram([process.execPath, "src/main.ts", ...words, "--help"]);
  expect(await program.exited).toBe(0);
  const heads = program.lines.filter((line) => line.startsWith("manchot "));
  expect(heads.length).toBeGreaterThan(0);
  const begins = words[0] === "enrol" ? `manchot ${words.join(" ")} ` : `manchot ${words[0]} `;
  for (const head of heads) expect(head.startsWith(begins), head).toBe(true);
});

/** A server of another kind, as far as its login goes. */
async function otherServer(version: string, answer: (path: string, body: string, request: IncomingMessage) => unknown) {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      const path = request.url ?? "";
      const value = path === "/api/v1/instance" ? { uri: "ops.test", version } : answer(path, body, request);
      const refused = typeof value === "object" && value !== null && "error" in value;
      const text = typeof value === "string";
      response.writeHead(refused ? 400 : 200, { "content-type": text ? "text/plain" : "application/json" });
      response.end(text ? value : JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ stop: () => new Promise((resolve) => server.close(() => resolve())) });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("a server without tokens for passwords: a browser, and its code", async () => {
  const seen: Record<string, string>[] = [];
  const url = await otherServer("4.5.0", (path, body, request) => {
    if (path === "/api/v1/apps") return { client_id: "the-client", client_secret: "client-secret-1" };
    if (path === "/oauth/token") {
      const given = JSON.parse(body) as Record<string, string>;
      seen.push(given);
      if (given.grant_type !== "authorization_code") return { error: "unsupported_grant_type" };
      return given.code === "the-code-1" ? { access_token: "mastodon-token-1" } : { error: "invalid_grant" };
    }
    const own = {
      id: "109",
      acct: "bot",
      username: "bot",
      bot: true,
      source: { note: "x" },
      uri: `http://ops.test/users/bot`,
    };
    return request.headers.authorization === "Bearer mastodon-token-1" ? own : { error: "who?" };
  });
  const { code, text } = await enrol(url, ["pw-bot-12345", "the-code-1"]);
  expect(text).toContain("This server gives no tokens for passwords: it wants a browser.");
  expect(text).toContain(`${url}/oauth/authorize?response_type=code&client_id=the-client&redirect_uri=urn`);
  expect(code, text).toBe(0);
  expect(tokenIn(file)).toBe("mastodon-token-1");
  expect(text).toContain('user: "@bot@ops.test"');
  for (const secret of ["pw-bot-12345", "the-code-1", "client-secret-1", "mastodon-token-1"])
    expect(text).not.toContain(secret);
  expect(seen.map((given) => given.grant_type)).toEqual(["password", "authorization_code"]);

  // Straight away where it is asked for: no password goes anywhere.
  const wrong = await enrol(url, ["another-code"], "--browser");
  expect(wrong.code).toBe(1);
  expect(wrong.text).toContain("A code works once");
  expect(seen.map((given) => given.grant_type).slice(2)).toEqual(["authorization_code"]);
});

test("snac2 gives its token in its own way", async () => {
  const token = "5f4dcc3b5aa765d61d8327deb882cf99";
  const url = await otherServer("4.0.0 (not true; really snac/2.75)", (path, body, request) => {
    if (path === "/oauth/x-snac-get-token") return body === "login=bot&passwd=pw+%26" ? token : "<!DOCTYPE html> LOGIN";
    // It tells the actor's URI and the whole handle only when asked for the account as for any other.
    const own = path.endsWith("/50cae")
      ? { id: "50cae", acct: "bot@ops.test", bot: true, uri: "http://ops.test/bot" }
      : { id: "50cae", acct: "bot", bot: true, source: { note: "x" }, url: "http://ops.test/bot" };
    return request.headers.authorization === `Bearer ${token}` ? own : { error: "who?" };
  });
  const { code, text } = await enrol(url, ["pw &"]);
  expect(code, text).toBe(0);
  expect(tokenIn(file)).toBe(token);
  expect(text).toContain('user: "@bot@ops.test"');
  expect(text).not.toContain(token);
  rmSync(file);
  const wrong = await enrol(url, ["wrong-one"]);
  expect(wrong.code).toBe(1);
  expect(wrong.text).toContain("the server does not take this name and password");
  expect(isThere(file)).toBe(false);
});

test.skipIf(missing !== undefined)(
  `at a terminal the password does not show, and Ctrl-C leaves without a trace${missing === undefined ? "" : ` (${missing})`}`,
  async () => {
    const pleroma = await pleromaWith("bot");
    const screen = openScreen(argvFor(pleroma.url), { columns: 120 });
    try {
      await screen.shows(/Password of @bot at .*:$/m);
      screen.type("pw-bot-123456");
      screen.press("BSpace", "Enter");
      const text = await screen.shows(/Into manchot\.yaml/);
      expect(text).not.toContain("pw-bot");
      await expect.poll(() => screen.alive()).toBe(false);
      expect(isThere(file)).toBe(true);
    } finally {
      screen.close();
    }
    rmSync(file);
    const second = openScreen(argvFor(pleroma.url), { columns: 120 });
    try {
      await second.shows(/Password of @bot/);
      second.type("pw-bot");
      second.press("C-c");
      expect(await second.shows(/nothing was made/)).not.toContain("pw-bot");
      await expect.poll(() => second.alive()).toBe(false);
      expect(isThere(file)).toBe(false);
    } finally {
      second.close();
    }
  },
);
