/** A VM with a guest agent, in the lab's hypervisor: a small Linux that writes to its disk as often as it can. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cached, cacheFolder, recipeKey } from "./cache.ts";
import { imageFolder } from "./hypervisor/image.ts";
import type { Hypervisor } from "./hypervisor.ts";
import { must } from "./run.ts";

const recipe = fileURLToPath(new URL("./hypervisor/agent-guest.sh", import.meta.url));

export type AgentGuest = { readonly uuid: string; readonly name: string; readonly volume: string };

/** Defines it, off, with one volume. It heeds its agent, and not its power button. Up after 20 s where it is started. */
export async function defineAgentGuest(guest: Hypervisor, name: string, uuid: string): Promise<AgentGuest> {
  const image = imageFolder();
  const built = await cached("agent-guest", recipeKey([recipe], image), async (folder) => {
    await must(["bash", recipe, folder, image, join(cacheFolder, "scratch")]);
  });
  const volume = `tank/production/${name}`;
  const inGuest = async (argv: readonly string[], input?: string) => {
    const ended = await guest.run(argv, input === undefined ? {} : { input });
    if (ended.code !== 0) throw new Error(`${argv.join(" ")}: ${ended.stderr}`);
  };
  await inGuest(["mkdir", "-p", "/srv/agent-guest"]);
  for (const file of ["vmlinuz", "initrd.gz"]) await guest.copyIn(join(built, file), `/srv/agent-guest/${file}`);
  await inGuest(["zfs", "create", "-s", "-V", "16M", volume]);
  await inGuest(["udevadm", "settle"]);
  await guest.copyIn(join(built, "disk.img"), `/dev/zvol/${volume}`);
  await inGuest(["virsh", "-q", "-c", "qemu:///system", "define", "/dev/stdin"], domain(name, uuid, volume));
  return { uuid, name, volume };
}

function domain(name: string, uuid: string, volume: string): string {
  return `<domain type='kvm'>
  <name>${name}</name><uuid>${uuid}</uuid><memory unit='MiB'>160</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type>
    <kernel>/srv/agent-guest/vmlinuz</kernel><initrd>/srv/agent-guest/initrd.gz</initrd><cmdline>console=ttyS0 quiet</cmdline></os>
  <features><acpi/></features><cpu mode='host-passthrough'/>
  <devices>
    <disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/zvol/${volume}'/><target dev='vda' bus='virtio'/></disk>
    <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <serial type='file'><source path='/var/log/libvirt/qemu/${uuid}.serial'/></serial>
    <video><model type='vga'/></video><memballoon model='none'/>
  </devices>
</domain>
`;
}
