/** Starts two servers, a hypervisor and a Matrix server or a small Fediverse, says which, and waits to be killed. */
import { startHypervisor } from "../../lab/hypervisor.ts";
import { startFediverse } from "../../lab/snac.ts";
import { startSynapse } from "../../lab/synapse.ts";

async function twoServers() {
  if (process.argv[2] !== "fediverse") return await Promise.all([startHypervisor(), startSynapse()]);
  const { ops, peer } = (await startFediverse({ servers: { ops: ["bot"], peer: ["alice"] } })).servers;
  return [ops, peer];
}

const servers = await twoServers();
process.stdout.write(
  `${JSON.stringify({ pids: servers.map((server) => server.pid()), folders: servers.map(({ folder }) => folder) })}\n`,
);
setInterval(() => {}, 1000);
