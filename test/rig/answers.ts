/** What the tests count: answers as an independent Matrix client sees them, snapshots as `zfs list` in the guest does. */
import type { MatrixEvent } from "../../lab/matrix-client.ts";
import type { Live } from "./live.ts";
import type { LiveHost } from "./live-host.ts";

/** The final answers to a question: in its thread, and calling who asked (progress calls nobody, edits replace). */
export function answersTo(events: readonly MatrixEvent[], bot: string, question: string): readonly MatrixEvent[] {
  return events.filter((event) => {
    const relation = event.content["m.relates_to"];
    const called = (event.content["m.mentions"] as { user_ids?: readonly string[] } | undefined)?.user_ids ?? [];
    return (
      event.sender === bot && relation?.rel_type === "m.thread" && relation.event_id === question && called.length > 0
    );
  });
}

/** Waits for the first final answer to a question. */
export async function answerTo(live: Live, question: string, timeoutMs = 120_000): Promise<MatrixEvent> {
  return await live.zelie.waitFor(
    live.room,
    (event) => answersTo([event], live.botUser, question).length > 0,
    timeoutMs,
  );
}

export type Listed = {
  readonly name: string;
  readonly dataset: string;
  readonly operation: string;
  readonly note: string;
};

/** Every snapshot of the guest. */
export async function snapshotsOf(live: LiveHost): Promise<readonly Listed[]> {
  const argv = ["/usr/sbin/zfs", "list", "-Hp", "-t", "snapshot", "-o", "name,manchot:op,manchot:note"];
  const listed = await live.guest.run(argv);
  if (listed.code !== 0) throw new Error(`zfs list: ${listed.stderr}`);
  return listed.stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", operation = "", note = ""] = line.split("\t");
      return { name, dataset: name.split("@")[0] ?? "", operation, note };
    });
}
