import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bytesOf, picture } from "../../rig/picture.ts";

const sandbox = join(import.meta.dirname, "echo-sandbox.ts");

function pipe(...lines: string[]): { readonly said: string; readonly code: number | null } {
  return pipeWith({}, ...lines);
}

function pipeWith(
  env: Readonly<Record<string, string>>,
  ...lines: string[]
): { readonly said: string; readonly code: number | null } {
  const options = {
    input: lines.join("\n"),
    encoding: "utf8",
    timeout: 30_000,
    env: { ...process.env, ...env },
  } as const;
  const ran = spawnSync(process.execPath, [sandbox], options);
  expect(ran.stderr).toBe("");
  return { said: ran.stdout, code: ran.status };
}

test("each question with its answer under it, in the order of the questions, however long each takes", () => {
  const { said, code } = pipe(
    "slow 300 first",
    "",
    "# not a message",
    "say second\r",
    "   ",
    "job 100 third",
    "say last",
  );
  expect(said).toBe(
    [
      "zelie: slow 300 first\n✔ first\n",
      "zelie: say second\n✔ second\n",
      "zelie: job 100 third\n✔ third\n",
      "zelie: say last\n✔ last\n",
    ].join("\n"),
  );
  expect(code).toBe(0);
});

test("nothing but text: no prompt, no colour, no welcome", () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
  expect(pipe("say hello").said).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|>|Nothing real/);
});

test("an empty input says nothing and ends well", () => {
  expect(pipe("")).toEqual({ said: "", code: 0 });
});

test("who speaks, on which network, how late: only the next message is late", () => {
  const { said } = pipe(
    "tell",
    "/as marc",
    "/on fediverse",
    "tell",
    "/as zelie",
    "/on matrix",
    "/late 20",
    "tell",
    "tell",
  );
  expect(said.match(/^\w+ \S+ \S+ (direct|room) .*$/gm)).toEqual([
    "terminal zelie Zélie direct - 0 min",
    "fediverse marc Marc room unlisted 0 min",
    "matrix @zelie:sandbox.example Zélie room - 20 min",
    "matrix @zelie:sandbox.example Zélie room - 0 min",
  ]);
});

test("/sign says to the bot what was signed, as who speaks, and shows no more than its beginning; a hint stands below its post", () => {
  const { said } = pipe(
    "say sign me",
    "/sign 41",
    "/as marc",
    "/signer #41",
    "/sign 42",
    "/sign",
    "/sign 0",
    "/sign 41 42",
  );
  expect(said.split("\n\n").map((paragraph) => paragraph.trim())).toEqual([
    "zelie: say sign me\n✔ sign me\ntry /sign 41",
    "zelie: say signed by zelie, at …\n✔ signed by zelie, at length",
    "You are Marc on terminal now.",
    "marc: say signed by marc, at l…\n✔ signed by marc, at length",
    "marc signs nothing",
    "Usage: /sign <number>",
    "Usage: /sign <number>",
    "Usage: /sign <number>",
  ]);
});

test("local lines never reach the bot, and are explained where they are not understood", () => {
  const { said } = pipe(
    "/as bob",
    "tell",
    "/nope",
    "/late soon",
    "/late -5",
    "/on irc",
    "/on matrix loudly",
    "/break tank",
    "/as",
    "/__proto__",
  );
  expect(said.split("\n\n").map((paragraph) => paragraph.trim())).toEqual([
    "The bot knows nobody called bob: you are a stranger to it. It knows zelie, marc.",
    "bob: tell\nterminal bob bob direct - 0 min",
    "This terminal has no “/nope”. “/help” says what it can do.",
    "Usage: /late <minutes>",
    "Usage: /late <minutes>",
    "Usage: /on matrix|fediverse|terminal [direct] [encrypted [unverified]]",
    "Usage: /on matrix|fediverse|terminal [direct] [encrypted [unverified]]",
    "Usage: /break ssh",
    "Usage: /as <person>",
    "This terminal has no “/__proto__”. “/help” says what it can do.",
  ]);
});

test("while the line is broken a job's waiting is told and does not hold up what follows; its end is awaited", () => {
  const { said, code } = pipe("/break ssh", "job 10 snapshot", "say between", "/mend ssh");
  expect(said).toBe(
    [
      "The line “ssh” is cut. “/mend ssh” mends it.\n",
      "zelie: job 10 snapshot\n… under way\n",
      "zelie: say between\n✔ between\n",
      "The line “ssh” is mended.\n",
      "zelie: job 10 snapshot\n✔ snapshot\n",
    ].join("\n"),
  );
  expect(code).toBe(0);
});

test("what comes before anybody looks is shown; what comes after everybody left stays with the outbox", () => {
  const options = { input: "say hello\n", encoding: "utf8", timeout: 30_000 } as const;
  const ran = spawnSync(process.execPath, [sandbox, "", "early"], options);
  expect(ran.stdout).toBe("↳ Marc\n✔ before anybody looked\n\nzelie: say hello\n✔ hello\nretry\n");
});

test("/quit ends it there", () => {
  expect(pipe("say one", "/quit", "say two").said).toBe("zelie: say one\n✔ one\n");
});

test("a reader that has seen enough is no fault", async () => {
  const child = spawn(process.execPath, [sandbox], { stdio: ["pipe", "pipe", "pipe"] });
  let faults = "";
  child.stderr.on("data", (chunk) => {
    faults += chunk;
  });
  child.stdin.on("error", () => {});
  child.stdout.once("data", () => child.stdout.destroy());
  child.stdin.end(Array.from({ length: 500 }, (_, index) => `say ${index}`).join("\n"));
  expect(await new Promise((done) => child.once("exit", done))).toBe(0);
  expect(faults).toBe("");
});

test("a picture becomes a file that nobody else can read, and the answer says which, and what it shows", () => {
  const folder = mkdtempSync(join(tmpdir(), "manchot-pipe-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const one = picture();
  const into = join(folder, "pictures");
  const { said, code } = pipeWith({ PICTURES: into, PNG: one.png }, "show web", "say next");
  const file = join(into, "screen-web.png");
  expect(said).toBe(
    `zelie: show web\n✔ web\nThe picture is in the file ${file}\nwhat it shows\n\nzelie: say next\n✔ next\n`,
  );
  expect(code).toBe(0);
  expect(readFileSync(file)).toEqual(bytesOf(one));
  expect([statSync(into).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
});

test("where the file cannot be written, the words are said, and why the picture is missing", () => {
  const { said, code } = pipeWith({ PICTURES: "/dev/null/pictures", PNG: "" }, "show web");
  expect(said).toMatch(/^zelie: show web\n✔ web\nThe picture is missing here: .*\(ENOTDIR\)/u);
  expect(said).toContain("\nwhat it shows\n");
  expect(code).toBe(0);
});
