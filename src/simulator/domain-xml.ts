/** A domain's XML, written as libvirt writes it. */
import type { SimulatedDisk, SimulatedDomain } from "./model.ts";

export function domainXml(domain: SimulatedDomain): string {
  return `<domain type='kvm'>
  <name>${escaped(domain.name)}</name>
  <uuid>${domain.uuid}</uuid>
  <memory unit='KiB'>${domain.memoryKiB}</memory>
  <currentMemory unit='KiB'>${domain.memoryKiB}</currentMemory>
  <vcpu placement='static'>${domain.vcpus}</vcpu>
  <os>
    <type arch='x86_64' machine='pc-q35-10.0'>hvm</type>
    <boot dev='hd'/>
  </os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
${domain.disks.map(diskXml).join("")}${agentXml(domain)}    <memballoon model='virtio'/>
  </devices>
</domain>
`;
}

function diskXml(disk: SimulatedDisk): string {
  const attributes = Object.entries(disk.source).map(([key, value]) => ` ${key}='${escaped(value)}'`);
  const type = "dev" in disk.source ? "block" : "file" in disk.source ? "file" : "volume";
  return `    <disk type='${type}' device='${disk.device}'>
      <driver name='qemu' type='raw'/>
      <source${attributes.join("")} index='1'/>
      <backingStore/>
      <target dev='${escaped(disk.target)}' bus='${disk.target.startsWith("sd") ? "sata" : "virtio"}'/>${disk.readOnly === true ? "\n      <readonly/>" : ""}
    </disk>
`;
}

function agentXml({ agent, state }: SimulatedDomain): string {
  if (agent === "none") return "";
  const live = state === "shut off" ? "" : ` state='${agent}'`;
  return `    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'${live}/>
    </channel>
`;
}

/** libvirt escapes these five, quotation marks in attributes and text alike. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "'": "&apos;",
    '"': "&quot;",
  };
  return text.replace(/[&<>'"]/g, (character) => entities[character] ?? character);
}
