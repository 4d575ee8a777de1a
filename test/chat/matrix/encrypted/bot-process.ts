/** The bot in a process of its own, to be killed: journey, store and outbox as they are, Matrix with encryption, a simulated hypervisor. */
import { join } from "node:path";
import { commands } from "../../../../commands/index.ts";
import { loadPolicies } from "../../../../src/authorisation/load.ts";
import { startBot } from "../../../../src/bot.ts";
import { type MatrixOptions, matrixNetwork } from "../../../../src/chat/matrix/network.ts";
import { childTransport } from "../../../../src/hypervisor/child.ts";
import { connectHypervisor } from "../../../../src/hypervisor/client.ts";
import { createLog } from "../../../../src/log.ts";
import { peopleOf } from "../../../../src/people/people.ts";
import { openStore } from "../../../../src/store/sqlite.ts";

const { HOMESERVER = "", TOKEN = "", FOLDER = "", PERSON = "" } = process.env;
const log = createLog("info", [TOKEN]);
const loaded = loadPolicies("policies", { actions: commands.map(({ action }) => action), host: "sandbox" });
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const store = openStore(join(FOLDER, "manchot.sqlite"));
const matrix: MatrixOptions = {
  homeserver: HOMESERVER,
  accessToken: TOKEN,
  inviters: [PERSON],
  memory: store.memory("matrix"),
  log,
  encryption: { file: join(FOLDER, "matrix-encryption.sqlite") },
};
const state = join(FOLDER, "hypervisor");
const bot = await startBot({
  store,
  people: peopleOf([{ id: "zelie", name: "Zélie", roles: ["admin"], language: "en", accounts: { matrix: [PERSON] } }]),
  authorisation: () => loaded.policies.authorisation,
  hypervisor: connectHypervisor({
    name: "sandbox",
    transport: childTransport([process.execPath, "src/simulator/main.ts", "--state", state]),
    log,
    heads: { last: () => store.head("sandbox"), keep: (head) => store.keepHead("sandbox", head) },
  }),
  commands,
  networks: [matrixNetwork(matrix)],
  host: { name: "sandbox", language: "en", timezone: "UTC", ageMs: 86_400_000 },
  log,
});
process.stdout.write("started\n");
process.once("SIGTERM", () => void bot.stop().then(() => process.exit(0)));
