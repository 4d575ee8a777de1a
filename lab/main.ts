/** `npm run lab -- build|up|down|status|ssh`: the real peers that the tests need, and for trying by hand. */
import { buildHypervisor } from "./hypervisor/image.ts";
import { labNeeds, type Part } from "./needs.ts";
import { installPackages } from "./packages.ts";
import { buildSnac } from "./snac.ts";
import { buildSynapse } from "./synapse.ts";
import { down, hold, ssh, status, up } from "./up.ts";

const builders: Readonly<Record<Part, () => Promise<void>>> = {
  snac: buildSnac,
  synapse: buildSynapse,
  hypervisor: buildHypervisor,
};
const parts = Object.keys(builders) as readonly Part[];

const usage = `npm run lab -- build         makes what is missing: Synapse, snac2, and a hypervisor with ZFS and libvirt
npm run lab -- build <part>  that alone: ${parts.join(", ")}
npm run lab -- up            starts each of them, with accounts and a room, and says how to talk to them
npm run lab -- status        whether it is built, and whether it is up
npm run lab -- ssh [cmd …]   a shell, or a command, on that hypervisor
npm run lab -- down          stops it
`;

async function main(verb: string | undefined, rest: readonly string[]): Promise<number> {
  switch (verb) {
    case "build": {
      const strange = rest.find((part) => !parts.some((known) => known === part));
      if (strange !== undefined) {
        process.stderr.write(`lab: there is no part called ${strange}\n${usage}`);
        return 2;
      }
      await installPackages();
      for (const part of parts) if (rest.length === 0 || rest.includes(part)) await builders[part]();
      return 0;
    }
    case "up":
      await up();
      return 0;
    case "hold":
      // Not for people: the process that `up` leaves in the background.
      return await hold();
    case "down":
      await down();
      return 0;
    case "status":
      for (const part of parts) {
        process.stdout.write(`${part}: ${(await labNeeds(part)).missing ? "not built" : "built"}\n`);
      }
      await status();
      return 0;
    case "ssh":
      return await ssh(rest);
    default:
      process.stderr.write(usage);
      return 2;
  }
}

const [verb, ...rest] = process.argv.slice(2);
try {
  process.exit(await main(verb, rest));
} catch (fault) {
  process.stderr.write(`lab: ${fault instanceof Error ? fault.message : String(fault)}\n`);
  process.exit(1);
}
