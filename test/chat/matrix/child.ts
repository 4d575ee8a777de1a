/** A process that takes one message and then stands still inside the inbox, to be killed there. */
import { writeSync } from "node:fs";
import { matrixNetwork } from "../../../src/chat/matrix/network.ts";

const { HOMESERVER = "", TOKEN = "", SINCE_KEY = "", SINCE = "", STORE = "" } = process.env;
const quiet = (): void => undefined;
const adapter = matrixNetwork({
  homeserver: HOMESERVER,
  accessToken: TOKEN,
  inviters: [],
  encryption: { file: STORE },
  memory: {
    read: (key) => (key === SINCE_KEY ? SINCE : undefined),
    write: (key, value) => void writeSync(1, `kept ${key} ${value}\n`),
  },
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
});
await adapter.start((message) => {
  writeSync(1, `accepted ${message.eventId}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
});
