/** Figures that need real parts: a snapshot by chat against the bare command; memory and start-up of both programs. */
import { readFileSync } from "node:fs";
import { run } from "../lab/run.ts";
import { answerTo } from "../test/rig/answers.ts";
import { startLive } from "../test/rig/live.ts";
import { inTurn, median, rough, table } from "./measure.ts";

export async function labFigures(): Promise<string> {
  const live = await startLive({ limits: { perMinute: 1000, perHour: 1000 } });
  try {
    const starts: number[] = [];
    let bot = await live.startBot();
    for (let round = 0; round < 3; round++) {
      await bot.stop();
      const begun = performance.now();
      bot = await live.startBot();
      starts.push(performance.now() - begun);
    }
    let number = 0;
    const times = await inTurn(5, [
      {
        name: "`zfs snapshot` in the guest, over a connection that is open",
        run: async () => void (await live.guest.run(["/usr/sbin/zfs", "snapshot", `tank/mail@bare${++number}`])),
      },
      {
        name: "`ssh host zfs snapshot`, a connection each",
        run: async () => {
          const to = [
            "-q",
            "-i",
            live.guest.keyFile,
            "-p",
            String(live.guest.port),
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
          ];
          const ended = await run([
            "ssh",
            ...to,
            "root@127.0.0.1",
            "/usr/sbin/zfs",
            "snapshot",
            `tank/mail@ssh${++number}`,
          ]);
          if (ended.code !== 0) throw new Error(ended.stderr);
        },
      },
      {
        name: "`@manchot snapshot tank/mail` in Matrix, until the answer stands in the thread",
        run: async () => void (await answerTo(live, await live.zelie.say(live.room, "@manchot snapshot tank/mail"))),
      },
    ]);
    const loads = await inTurn(3, [
      { name: "`node -e 1` in the guest", run: async () => void (await live.guest.run(["/usr/bin/node", "-e", "1"])) },
      {
        name: "`manchot-executor --help` in the guest: the whole bundle is loaded",
        run: async () => void (await live.guest.run(["/usr/local/bin/manchot-executor", "--help"])),
      },
    ]);
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    const botMemory = residentKiB(readFileSync(`/proc/${bot.pid}/status`, "utf8"));
    const script = "cat /proc/$(systemctl show -p MainPID --value manchot-executor)/status";
    const executorMemory = residentKiB((await live.guest.run(["sh", "-c", script])).stdout);
    const bareScript =
      "setTimeout(()=>process.exit(),3000);process.stdout.write(require('fs').readFileSync('/proc/self/status','utf8'))";
    const bareHere = residentKiB((await run([process.execPath, "-e", bareScript])).stdout);
    const bareThere = residentKiB((await live.guest.run(["/usr/bin/node", "-e", bareScript])).stdout);
    const mib = (kib: number): string => `${(kib / 1024).toFixed(0)} MiB`;
    return [
      table(times),
      "",
      table(loads),
      "",
      "| program | idle memory (RSS) | against a bare `node` there |",
      "|---|--:|--:|",
      `| bot, Node 24, connected to Synapse and the executor | ${mib(botMemory)} | ${rough(botMemory / bareHere)} |`,
      `| executor, Debian's nodejs 20 in the guest | ${mib(executorMemory)} | ${rough(executorMemory / bareThere)} |`,
      "",
      `The bot listens ${rough(median(starts) / 1000)} s after its start (median of ${starts.length}), its connection to Synapse included.`,
    ].join("\n");
  } finally {
    await live.stop();
  }
}

function residentKiB(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN);
}
