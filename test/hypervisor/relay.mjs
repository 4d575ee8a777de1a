// A forced command as the executor's `attach` is one: joins stdin and stdout to a Unix socket, whatever the client asked.
import { connect } from "node:net";

const socket = connect(process.argv[2] ?? "");
socket.on("error", (fault) => {
  process.stderr.write(`the daemon is not there\u001b[31m\n(${fault.code})\n`);
  process.exit(1);
});
socket.on("close", () => process.exit(0));
process.stdin.pipe(socket);
socket.pipe(process.stdout);
