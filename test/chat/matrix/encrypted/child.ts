/** A process that tries to start on a store of keys, tells what came of it, and ends. */
import { type MatrixOptions, matrixNetwork } from "../../../../src/chat/matrix/network.ts";

const { HOMESERVER = "", TOKEN = "", FILE = "" } = process.env;
const quiet = (): void => undefined;
const options: MatrixOptions = {
  homeserver: HOMESERVER,
  accessToken: TOKEN,
  inviters: [],
  memory: { read: () => undefined, write: quiet },
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  encryption: { file: FILE },
};
const adapter = matrixNetwork(options);
const told = await adapter.start(quiet).then(
  () => "started",
  (fault: unknown) => `refused ${fault instanceof Error ? fault.message : String(fault)}`,
);
process.stdout.write(`${told.replaceAll("\n", " ")}\n`);
await adapter.stop();
