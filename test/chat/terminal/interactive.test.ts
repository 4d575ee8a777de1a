import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { missing, openScreen, type Screen } from "./tmux.ts";

const sandbox = join(import.meta.dirname, "echo-sandbox.ts");
const where = `at a real terminal${missing === undefined ? "" : ` (skipped: ${missing})`}`;

describe.skipIf(missing !== undefined)(where, () => {
  let folder: string;
  let history: string;
  let screen: Screen | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "manchot-terminal-"));
    history = join(folder, "state", "history");
  });
  afterEach(() => {
    screen?.close();
    screen = undefined;
    rmSync(folder, { recursive: true });
  });

  async function open(options: { columns?: number; environment?: Record<string, string> } = {}): Promise<Screen> {
    screen?.close();
    screen = openScreen([process.execPath, sandbox, history], options);
    await screen.shows(/^zelie@terminal>$/m);
    return screen;
  }

  test("welcome, prompt, answers, and who speaks where", async () => {
    const tty = await open();
    expect(tty.lines().join("\n")).toMatch(/Nothing real is touched\.[\s\S]*\nYou are Zélie;/);
    tty.type("say hello");
    tty.press("Enter");
    await tty.shows(/^zelie@terminal> say hello\n✔ hello\n\nzelie@terminal>$/m);
    tty.type("/as marc");
    tty.press("Enter");
    await tty.shows(/^You are Marc on terminal now\.\nmarc@terminal>$/m);
    tty.type("/on matrix");
    tty.press("Enter");
    await tty.shows(/^marc@matrix>$/m);
    tty.type("tell");
    tty.press("Enter");
    await tty.shows(/^matrix marc Marc room - 0 min$/m);
    // What is said there may count for more, or less: the prompt tells where one is.
    tty.type("/on matrix direct encrypted unverified");
    tty.press("Enter");
    await tty.shows(/^marc@matrix direct encrypted unverified>$/m);
  });

  test("/sign shows what it says to the bot, and the answer below; a hint stands below its post", async () => {
    const tty = await open();
    tty.type("say sign me");
    tty.press("Enter");
    await tty.shows(/^✔ sign me\ntry \/sign 41\n\nzelie@terminal>$/m);
    tty.type("/sign 41");
    tty.press("Enter");
    await tty.shows(
      /> \/sign 41\n↳ zelie: say signed by zelie, at …\n✔ signed by zelie, at length\n\nzelie@terminal>$/m,
    );
    tty.type("/sign 9");
    tty.press("Enter");
    await tty.shows(/^zelie signs nothing\nzelie@terminal>$/m);
  });

  test("an answer that arrives while somebody types leaves the line as it is, cursor included", async () => {
    const tty = await open();
    tty.type("slow 700 late answer");
    tty.press("Enter");
    tty.type("say goodbye");
    tty.press("Left", "Left", "Left");
    const shown = await tty.shows(/✔ late answer/);
    expect(shown).toMatch(/> slow 700 late answer\n✔ late answer\n\nzelie@terminal> say goodbye$/);
    tty.type("-");
    tty.press("Enter");
    await tty.shows(/✔ good-bye/);
  });

  // Where text is typed key by key, readline draws the line anew on each new row, and then knows on how many it stands;
  // where it is pasted, it does not.
  test.each([
    ["pasted", [`say ${"abcdefghi ".repeat(9)}end`]],
    ["typed key by key", ["say abcdefghi ", ..."abcdefghi abcdefghi"]],
  ])("also where that line is longer than the screen is wide: %s", async (_, pieces) => {
    const tty = await open({ columns: 40 });
    tty.type("slow 1500 late");
    tty.press("Enter");
    for (const piece of pieces) {
      tty.type(piece);
      await pause(20);
    }
    await tty.shows(/✔ late/);
    await pause(100);
    const typed = `zelie@terminal> ${pieces.join("")}`;
    const rows = [typed.slice(0, 40), typed.slice(40, 80), typed.slice(80)].map((row) => row.trimEnd()).filter(Boolean);
    const asked = "zelie@terminal> slow 1500 late";
    expect(tty.lines().slice(tty.lines().indexOf(asked))).toEqual([asked, "✔ late", "", ...rows]);
    tty.press("Enter");
    await tty.shows(/✔ abcdefghi/);
  });

  test("answers to earlier questions say to which", async () => {
    const tty = await open();
    tty.type("slow 600 first");
    tty.press("Enter");
    tty.type("say second");
    tty.press("Enter");
    await tty.shows(/✔ second\n\n↳ zelie: slow 600 first\n✔ first/);
  });

  test("lines that are pasted at once are one message each", async () => {
    const tty = await open();
    tty.type("say one\nsay two\nsay three\n");
    const shown = await tty.shows(/✔ three/);
    expect(shown.match(/✔ (one|two|three)/g)).toEqual(["✔ one", "✔ two", "✔ three"]);
  });

  test("Tab completes commands for who is speaking, local lines and names", async () => {
    const tty = await open();
    tty.type("say h");
    tty.press("Tab");
    await tty.shows(/> say hello$/m);
    tty.press("C-u");
    tty.type("mar");
    tty.press("Tab");
    await pause(300);
    await tty.shows(/> mar$/);
    tty.press("C-u");
    tty.type("/a");
    tty.press("Tab");
    await tty.shows(/> \/as$/);
    tty.type("ma");
    tty.press("Tab");
    await tty.shows(/> \/as marc$/);
    tty.press("Enter");
    await tty.shows(/Marc on terminal now/);
    tty.type("mar");
    tty.press("Tab");
    await tty.shows(/marc@terminal> marc only$/m);
    tty.press("C-u");
    tty.type("/break ");
    tty.press("Tab");
    await tty.shows(/> \/break ssh$/);
    tty.press("Enter");
    await tty.shows(/“ssh” is cut/);
  });

  test("Ctrl-C clears the line, twice leaves; Ctrl-D leaves; the history is there the next time, for its owner only", async () => {
    const tty = await open();
    tty.type("say kept");
    tty.press("Enter");
    await tty.shows(/✔ kept/);
    tty.type("say never");
    tty.press("Left", "C-c");
    await tty.shows(/Ctrl-C again, or Ctrl-D, leaves\.\nzelie@terminal>$/);
    expect(tty.alive()).toBe(true);
    await pause(2_200);
    tty.press("C-c");
    await pause(200);
    expect(tty.alive()).toBe(true);
    tty.press("C-c");
    await expect.poll(() => tty.alive(), { timeout: 5_000 }).toBe(false);
    expect(readFileSync(history, "utf8")).toBe("say kept\n");
    expect(statSync(history).mode & 0o777).toBe(0o600);

    const again = await open();
    again.press("Up");
    await again.shows(/> say kept$/m);
    again.press("Enter");
    await again.shows(/✔ kept/);
    again.press("C-d");
    await expect.poll(() => again.alive(), { timeout: 5_000 }).toBe(false);
  });

  test("colours at a terminal, none where NO_COLOR is set", async () => {
    const tty = await open();
    tty.type("say hello");
    tty.press("Enter");
    await tty.shows(/✔ hello/);
    expect(tty.coloured()).toContain("\u001b[");
    const plain = await open({ environment: { NO_COLOR: "1" } });
    plain.type("say hello");
    plain.press("Enter");
    await plain.shows(/✔ hello/);
    expect(plain.coloured()).not.toContain("\u001b[");
  });
});
