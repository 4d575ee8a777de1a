/** `npm run lab -- build|up|down|status|ssh`: the real peers that the tests need, and for trying by hand. */
import { buildHypervisor } from "./hypervisor/image.ts";
import { labNeeds } from "./needs.ts";
import { buildSynapse } from "./synapse.ts";
import { down, hold, ssh, status, up } from "./up.ts";

const usage = `npm run lab -- build         makes what is missing: Synapse, and a hypervisor with ZFS and libvirt (ten minutes at most)
npm run lab -- up            starts one of each, with accounts and a room, and says how to talk to them
npm run lab -- status        whether it is built, and whether it is up
npm run lab -- ssh [cmd …]   a shell, or a command, on that hypervisor
npm run lab -- down          stops it
`;

const [verb, ...rest] = process.argv.slice(2);
switch (verb) {
  case "build":
    await buildSynapse();
    await buildHypervisor();
    break;
  case "up":
    await up();
    break;
  case "hold":
    await hold();
    break;
  case "down":
    await down();
    break;
  case "status":
    for (const part of ["synapse", "hypervisor"] as const) {
      process.stdout.write(`${part}: ${(await labNeeds(part)).missing ? "not built" : "built"}\n`);
    }
    await status();
    break;
  case "ssh":
    process.exitCode = await ssh(rest);
    break;
  default:
    process.stderr.write(usage);
    process.exitCode = 2;
}
