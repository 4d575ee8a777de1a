#!/bin/bash
# Builds a small Linux with QEMU's guest agent, for a nested domain: a kernel, an initrd, and a disk to write to.
#   agent-guest.sh OUT IMAGE SCRATCH     IMAGE and SCRATCH: as build.sh left them
# It heeds its agent and not its power button, and writes a line to its disk as often as it can.
set -euo pipefail
OUT=$1; IMAGE=$2; SCRATCH=$3; W=$OUT/work
export LC_ALL=C DEBIAN_FRONTEND=noninteractive
K=$(find "$SCRATCH" -maxdepth 3 -name 'vmlinuz-*' | sort | tail -1); KV=${K##*/vmlinuz-}
mkdir -p "$W"/{ird/{bin,sbin,dev,proc,sys,mnt,tmp,run,lib64},deb}
cp "$K" "$OUT/vmlinuz"
cd "$W/deb"; apt-get -qq -o Acquire::Retries=5 -o APT::Sandbox::User=root download qemu-guest-agent; dpkg -x qemu-guest-agent_*.deb .
cd "$W/ird"; cp ../deb/usr/sbin/qemu-ga sbin/
# the agent's libraries are this machine's own: QEMU itself wants the same ones
ldd sbin/qemu-ga | grep -o '/[^ ]*' | while read -r l; do mkdir -p ".${l%/*}"; cp -L "$l" ".$l"; done
debugfs -R "dump /usr/bin/busybox bin/busybox" "$IMAGE/root.img" 2>/dev/null; chmod 755 bin/busybox
xz -dc "$SCRATCH/$KV/usr/lib/modules/$KV/kernel/drivers/block/virtio_blk.ko.xz" > virtio_blk.ko
cat > sbin/shutdown <<'S'
#!/bin/busybox sh
/bin/busybox sync
case " $* " in *" -r "*) exec /bin/busybox reboot -f;; *) exec /bin/busybox poweroff -f;; esac
S
cat > init <<'I'
#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc proc /proc; $B mount -t sysfs sys /sys; $B mount -t devtmpfs dev /dev
$B insmod /virtio_blk.ko; $B ifconfig lo up
until [ -b /dev/vda ]; do $B usleep 20000; done
$B mount -t ext4 /dev/vda /mnt
until P=$($B ls /dev/vport* 2>/dev/null); do $B usleep 20000; done
/sbin/qemu-ga -m virtio-serial -p $P -t /run -f /run/qga.pid &
(n=0; while :; do n=$((n+1)); echo "line $n" >> /mnt/log; $B usleep 20000; done) &
while :; do $B sleep 1000; done
I
chmod +x init sbin/shutdown
find . | cpio -o -H newc --quiet | gzip -1 > "$OUT/initrd.gz"
truncate -s 16M "$OUT/disk.img"; mkfs.ext4 -q -F -m 0 -E lazy_itable_init=0 "$OUT/disk.img"
cd /; rm -rf "$W"
