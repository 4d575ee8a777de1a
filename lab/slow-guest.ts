/** Makes a VM of the lab's hypervisor one that takes its time to shut down. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Hypervisor } from "./hypervisor.ts";
import { must } from "./run.ts";

const source = fileURLToPath(new URL("./hypervisor/slow.S", import.meta.url));

/** `volume`: of the VM's first disk; what it held is overwritten. The VM must be off. */
export async function slowDown(guest: Hypervisor, volume: string, seconds: number): Promise<void> {
  const [object, sector] = [join(guest.folder, "slow.o"), join(guest.folder, "slow.bin")];
  await must(["as", "--32", "--defsym", `SECONDS=${seconds}`, source, "-o", object]);
  await must(["ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", object, "-o", sector]);
  await guest.copyIn(sector, `/dev/zvol/${volume}`);
}
