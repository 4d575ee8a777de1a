/** What streams carry: listening to the stand-in's, and comparing it with what was recorded. */
import WebSocket from "ws";
import type { Pleroma } from "../../rig/pleroma/pleroma.ts";
import { recordedEvents } from "../../rig/pleroma/recordings.ts";
import { differences, type Ids } from "./same.ts";

export type Frame = { readonly event: string; readonly payload: unknown; readonly stream: unknown };

export type Listening = {
  readonly frames: Frame[];
  /** Resolves once everything that the server had sent by now is here. */
  caughtUp(): Promise<void>;
  close(): void;
};

export async function listen(pleroma: Pleroma, user: string, name: string): Promise<Listening> {
  const query = new URLSearchParams({ stream: name, access_token: pleroma.user(user).token });
  const socket = new WebSocket(`${pleroma.url.replace("http", "ws")}/api/v1/streaming?${query}`);
  const frames: Frame[] = [];
  socket.on("message", (raw) => frames.push(read(String(raw))));
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  return {
    frames,
    async caughtUp() {
      const ponged = new Promise((resolve) => socket.once("pong", resolve));
      socket.ping();
      await ponged;
    },
    close: () => socket.terminate(),
  };
}

/** The frames of one stream in a recording. */
export function recordedFrames(number: string, label: string): readonly Frame[] {
  return recordedEvents(number)
    .filter((event) => event.label === label && event.ev === "message")
    .map((event) => read(event.raw ?? ""));
}

/**
 * Each recorded frame must have come from the stand-in, once, and the same. Those of posts that are not replayed
 * (their ids were not learnt) do not count. `taken`: those of ours that were found before; the new ones are added.
 */
export function framesDiffer(
  recorded: readonly Frame[],
  ours: readonly Frame[],
  ids: Ids,
  taken: Set<Frame>,
  origin: string,
  label: string,
): readonly string[] {
  const all: string[] = [];
  for (const frame of recorded) {
    const id = ids.ours(aboutOf(frame));
    if (id === undefined) continue;
    const same = ours.filter(
      (one) => one.event === frame.event && typeOf(one) === typeOf(frame) && aboutOf(one) === id,
    );
    const found = same.find((one) => !taken.has(one));
    if (found === undefined) {
      all.push(`${label} ${frame.event} ${typeOf(frame)}: did not come`);
      continue;
    }
    taken.add(found);
    all.push(...differences(frame, found, ids, origin, `${label} ${frame.event}`));
  }
  return all;
}

/** The id of the post that a frame tells of. */
function aboutOf(frame: Frame): string {
  if (typeof frame.payload === "string") return frame.payload;
  const { id, status } = frame.payload as { id?: string; status?: { id: string } };
  return status?.id ?? id ?? "";
}

function typeOf(frame: Frame): string {
  return (frame.payload as { type?: string }).type ?? "";
}

function read(raw: string): Frame {
  const { event, payload, stream } = JSON.parse(raw) as { event: string; payload: string; stream?: unknown };
  return { event, payload: event === "delete" ? payload : JSON.parse(payload), stream: stream ?? null };
}
