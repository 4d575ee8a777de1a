/** Every process that the executor starts, seen from outside by strace, is on its allow-list and in its journal. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hypervisor } from "../../lab/hypervisor.ts";
import { startInstalled } from "../../lab/installed.ts";
import { labNeeds } from "../../lab/needs.ts";
import { build } from "../../src/executor/build.ts";
import { allowed } from "../../src/executor/host/commands.ts";

const lab = await labNeeds("hypervisor");

type Executed = { readonly argv: readonly string[]; readonly env: readonly string[] };

/** Reads `strace -xx -v` lines: every string is written in hexadecimal. */
function executedIn(trace: string): Executed[] {
  const strings = (text: string): string[] =>
    [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map((match) =>
      Buffer.from((match[1] ?? "").replaceAll("\\x", ""), "hex").toString("utf8"),
    );
  return trace.split("\n").flatMap((line) => {
    const call = /execve\("[^"]*", \[([^\]]*)\], \[([^\]]*)\]\) = 0$/.exec(line);
    return call === null ? [] : [{ argv: strings(call[1] ?? ""), env: strings(call[2] ?? "") }];
  });
}

describe.skipIf(lab.missing)(lab.name("what the executor runs"), () => {
  let guest: Hypervisor;
  beforeAll(async () => {
    ({ guest } = await startInstalled());
  }, 400_000);
  afterAll(() => guest?.stop());

  const must = async (...argv: string[]): Promise<string> => {
    const ended = await guest.run(argv, { timeoutMs: 180_000 });
    expect(ended.code, `${argv.join(" ")}: ${ended.stderr}`).toBe(0);
    return ended.stdout;
  };

  it("is on the allow-list, has LC_ALL=C for an environment, and during a change stands in the journal", async () => {
    const pid = (await must("systemctl", "show", "-p", "MainPID", "--value", "manchot-executor")).trim();
    // strace detaches by itself when its pipe's reader ends it: here after the commands below.
    const started = guest.run(
      [
        "sh",
        "-c",
        `strace -f -qq -xx -v -s 8192 -e trace=execve -o /root/trace -p ${pid} & echo $! > /root/strace.pid; wait $!`,
      ],
      { timeoutMs: 400_000 },
    );
    for (let tries = 0; !/TracerPid:\s+[1-9]/.test(await must("cat", `/proc/${pid}/status`)); tries++)
      expect(tries).toBeLessThan(100);

    await must("/usr/local/bin/manchot-executor", "facts");
    await must("/usr/local/bin/manchot-executor", "vm", "info", "web");
    const before = executedIn(await must("cat", "/root/trace")).length;
    expect(before).toBeGreaterThan(3);
    await must("/usr/local/bin/manchot-executor", "snapshot", "web", "tank/mail", "--note", "it's; $(reboot) `x` & é");
    const all = executedIn(await must("cat", "/root/trace"));
    await must("sh", "-c", "kill -INT $(cat /root/strace.pid)");
    await started;

    for (const { argv, env } of all) {
      expect(allowed(argv), argv.join(" ")).toBeDefined();
      expect(env).toEqual(["LC_ALL=C"]);
    }
    const records = (await must("cat", "/var/lib/manchot/journal.jsonl"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
    const journalled = records
      .filter((record) => record.kind === "read" || record.kind === "ran")
      .map((record) => record.detail.argv as string[]);
    const seen = all.slice(before).map(({ argv }) => argv);
    const sorted = (list: readonly (readonly string[])[]): string[] => list.map((argv) => JSON.stringify(argv)).sort();
    // The plan's own look at the host comes before there is an operation to journal it under.
    const changing = (list: readonly (readonly string[])[]) => list.filter((argv) => allowed(argv)?.changes === true);
    expect(sorted(changing(seen))).toEqual(sorted(changing(journalled)));
    expect(changing(seen).length).toBe(1);
    for (const argv of journalled) expect(sorted(seen)).toContain(JSON.stringify(argv));
  }, 400_000);

  it("holds nothing of the simulator", async () => {
    const { inputs } = await build();
    expect(inputs.filter((input) => /simulator/.test(input))).toEqual([]);
  });
});
