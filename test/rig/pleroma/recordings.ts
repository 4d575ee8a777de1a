/** The exchanges with a real Pleroma 2.7.0 on which the stand-in rests: as they were recorded. */
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../fixtures/fediverse/pleroma/", import.meta.url);

/** The origin of the server that was recorded. */
export const recordedOrigin = "http://127.0.0.1:4000";

export type Recording = {
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  };
};

/** A recording by its number, read anew. */
export function recording(number: string): Recording {
  return JSON.parse(readFileSync(fileOf(number), "utf8")) as Recording;
}

/** Something that happened on a stream that was recorded. */
export type StreamEvent = {
  readonly label: string;
  readonly ev: "open" | "http" | "message" | "ping" | "close";
  readonly raw?: string;
  readonly status?: number;
  readonly body?: string;
  readonly code?: number;
};

/** What happened on all the streams up to a point. */
export function recordedEvents(number: string): readonly StreamEvent[] {
  return JSON.parse(readFileSync(fileOf(number), "utf8")) as readonly StreamEvent[];
}

/** The body that was answered, with another server's origin in place of the recorded one. */
export function recordedBody(number: string, url: string): unknown {
  const body = JSON.stringify(recording(number).response.body);
  const host = new URL(url).host;
  return JSON.parse(body.replaceAll(recordedOrigin, url).replaceAll("127.0.0.1:4000", host));
}

function fileOf(number: string): URL {
  const name = readdirSync(folder).find((one) => one.startsWith(`${number}-`));
  if (name === undefined) throw new Error(`no recording ${number} among the fixtures`);
  return new URL(name, folder);
}
