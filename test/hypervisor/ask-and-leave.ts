// Connects by SSH, asks once, closes, and must then end by itself: nothing may be left that holds the program.
import { readFileSync } from "node:fs";
import { connectHypervisor } from "../../src/hypervisor/client.ts";
import { parseHostKeyPin } from "../../src/hypervisor/host-key.ts";
import { sshTransport } from "../../src/hypervisor/ssh.ts";
import { memoryHeads, readableLog } from "./listeners.ts";

const [port = "", user = "", keyFile = "", pin = ""] = process.argv.slice(2);
const hostKey = parseHostKeyPin(pin);
if (hostKey === undefined) throw new Error("no pin");
const privateKey = readFileSync(keyFile, "utf8");
const log = readableLog();
const transport = sshTransport({ host: "127.0.0.1", port: Number(port), user, privateKey, hostKey, log });
const hypervisor = connectHypervisor({ name: "host1", transport, heads: memoryHeads(), log });
const reply = await hypervisor.ask("vm.list", {});
process.stdout.write(JSON.stringify(reply));
await hypervisor.close();
