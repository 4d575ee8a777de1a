/** Starts a hypervisor and a Matrix server, says which, and waits to be killed. */
import { startHypervisor } from "../../lab/hypervisor.ts";
import { startSynapse } from "../../lab/synapse.ts";

const [guest, synapse] = await Promise.all([startHypervisor(), startSynapse()]);
process.stdout.write(
  `${JSON.stringify({ pids: [guest.pid(), synapse.pid()], folders: [guest.folder, synapse.folder] })}\n`,
);
setInterval(() => {}, 1000);
