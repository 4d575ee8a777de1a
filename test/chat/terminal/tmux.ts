/** A program in a real terminal, whose keys can be pressed and whose screen can be read. */
import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

/** Undefined where the tests can run; else the reason why they cannot. */
export const missing: string | undefined =
  spawnSync("tmux", ["-V"]).status === 0 ? undefined : "no tmux on this machine";

export interface Screen {
  /** Types text to the letter, without an Enter. */
  type(text: string): void;
  /** Presses keys by their tmux names: `Enter`, `C-c`, `Tab`, `Up`. */
  press(...keys: string[]): void;
  /** The screen's lines, without trailing blanks. */
  lines(): string[];
  /** With its colours as escape sequences. */
  coloured(): string;
  /** Waits until the screen's text matches; fails with the screen as it stands. */
  shows(what: RegExp, forMs?: number): Promise<string>;
  /** Whether the program still runs. */
  alive(): boolean;
  close(): void;
}

export function openScreen(
  argv: readonly string[],
  options: { columns?: number; environment?: Record<string, string> } = {},
): Screen {
  const server = `manchot-${randomUUID()}`;
  const tmux = (...args: string[]): string =>
    execFileSync("tmux", ["-L", server, "-f", "/dev/null", ...args], { encoding: "utf8" });
  const environment = Object.entries(options.environment ?? {}).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const size = ["-x", String(options.columns ?? 80), "-y", "24"];
  tmux("new-session", "-d", ...size, ...environment, ...argv, ";", "set-option", "remain-on-exit", "on");
  const lines = (): string[] =>
    tmux("capture-pane", "-p")
      .trimEnd()
      .split("\n")
      .map((line) => line.trimEnd());
  return {
    type: (text) => void tmux("send-keys", "-l", text),
    press: (...keys) => void tmux("send-keys", ...keys),
    lines,
    coloured: () => tmux("capture-pane", "-p", "-e"),
    async shows(what, forMs = 15_000) {
      const end = Date.now() + forMs;
      for (;;) {
        const text = lines().join("\n");
        if (what.test(text)) return text;
        if (Date.now() > end) throw new Error(`waited in vain for ${what}; the screen:\n${text}`);
        await pause(50);
      }
    },
    alive: () => tmux("list-panes", "-F", "#{pane_dead}").trim() === "0",
    close: () => void tmux("kill-server"),
  };
}
