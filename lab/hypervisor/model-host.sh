#!/bin/bash
# Makes the model host in the freshly booted guest: its pools, datasets, volumes and domains. Run once, before freezing.
set -euo pipefail
zpool create -o ashift=12 -O compression=lz4 -O mountpoint=/tank tank mirror /dev/disk/by-id/virtio-LABD1 /dev/disk/by-id/virtio-LABD2
zpool create -o ashift=12 -O compression=lz4 -O mountpoint=/backup backup /dev/disk/by-id/virtio-LABD3
for d in production audio video nextcloud mail; do zfs create "tank/$d"; done
volumes=(proxy web web-data sql video audio visio odd-1 odd-2)
for v in "${volumes[@]}"; do zfs create -s -V 64M "tank/production/$v"; done
udevadm settle
for v in "${volumes[@]}"; do dd if=/root/tiny.bin of="/dev/zvol/tank/production/$v" conv=notrunc status=none; done

domain() { # name uuid volume...
  local name=$1 uuid=$2 letter=a disks=''; shift 2
  for v; do
    disks+="<disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='/dev/zvol/tank/production/$v'/><target dev='vd$letter' bus='virtio'/></disk>"
    letter=b
  done
  virsh -q -c qemu:///system define /dev/stdin <<D
<domain type='kvm'>
  <name>$name</name><uuid>$uuid</uuid><memory unit='MiB'>16</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/></os><features><acpi/></features>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot>
  <devices>$disks<serial type='file'><source path='/var/log/libvirt/qemu/$uuid.serial'/></serial><memballoon model='none'/></devices>
</domain>
D
}
u=5c0e0000-0000-4000-8000-00000000000
domain proxy ${u}1 proxy
domain web ${u}2 web web-data
domain sql ${u}3 sql
domain video ${u}4 video
domain audio ${u}5 audio
domain visio ${u}6 visio
domain 1 ${u}7 odd-1
domain 'a;b' ${u}8 odd-2
virsh -q -c qemu:///system net-start default
virsh -c qemu:///system capabilities >/dev/null
virsh -c qemu:///system domcapabilities --virttype kvm >/dev/null
until systemctl is-system-running >/dev/null 2>&1 || systemctl is-system-running | grep -q degraded; do sleep 1; done
# As on a real host: the pools are imported at boot, before whatever asks for them. (The first boot had none, and was
# quicker without.)
systemctl unmask -q systemd-udev-settle.service zfs-volume-wait.service
systemctl enable -q zfs-import-cache.service zfs-import.target zfs-mount.service zfs.target
sync; echo 3 > /proc/sys/vm/drop_caches

# What every test uses stays in memory: else each copy reads QEMU, Node and the tools from its cold disk again.
zfs create -s -V 64M tank/production/warm; udevadm settle
dd if=/root/tiny.bin of=/dev/zvol/tank/production/warm conv=notrunc status=none
domain warm ${u}9 warm
virsh -q -c qemu:///system start warm
for _ in $(seq 300); do grep -q TINYVM "/var/log/libvirt/qemu/${u}9.serial" && break; sleep 0.1; done
virsh -q -c qemu:///system domstats --raw >/dev/null
virsh -q -c qemu:///system destroy warm; virsh -q -c qemu:///system undefine warm
# udev may still be looking at the volume that was just closed
for _ in $(seq 50); do udevadm settle; zfs destroy tank/production/warm 2>/dev/null && break; sleep 0.2; done
if zfs list tank/production/warm >/dev/null 2>&1; then echo "the volume for warming up is still busy" >&2; exit 1; fi
rm -f /var/log/libvirt/qemu/*
zpool status -jp >/dev/null; zfs list -jp -t all >/dev/null; node -e 1
sync
