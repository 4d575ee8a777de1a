#!/bin/bash
# Builds the hypervisor guest from Debian packages: a root image, a kernel with OpenZFS, an initrd.
#   build.sh OUT SCRATCH     run as root; SCRATCH keeps the ZFS modules by version from one build to the next
set -euo pipefail
# Its own mount namespace: even a killed build leaves no mount behind.
[ "${MANCHOT_INSIDE:-}" = 1 ] || MANCHOT_INSIDE=1 exec unshare --mount --propagation private bash "$0" "$@"
OUT=$1; SCRATCH=$2; HERE=$(cd "$(dirname "$0")" && pwd); SUITE=trixie
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
mkdir -p "$SCRATCH"; W=$OUT/work; mkdir -p "$W"; cd "$W"
T0=$(date +%s); say() { printf '[%4d s] %s\n' $(( $(date +%s)-T0 )) "$*" >&2; }

# --- the runtime tree --------------------------------------------------------
K=/usr/share/keyrings/debian-archive-keyring.gpg
# the mirror that this machine already uses; its security twin ends in -security
M=$(apt-get indextargets --format '$(ORIGIN) $(SITE)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 !~ /security/ { print $2 }' | sort -u | head -1)
[ -n "$M" ] || { echo "no Debian mirror in this machine's apt configuration" >&2; exit 1; }
cat > sources.list <<S
deb [signed-by=$K] $M $SUITE main contrib
deb [signed-by=$K] $M $SUITE-updates main contrib
deb [signed-by=$K] ${M}-security $SUITE-security main contrib
S
mmdebstrap --quiet --mode=root --variant=apt --skip=cleanup/apt/lists \
  --aptopt='Acquire::Retries "5"' --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "0"' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*' \
  --include=systemd-sysv,dbus,udev,kmod,openssh-server,sudo,zfsutils-linux,libvirt-daemon-system,libvirt-clients,libvirt-daemon-driver-storage-zfs,qemu-system-x86,qemu-utils,nodejs,iproute2,dnsmasq-base,nftables,polkitd,busybox-static,strace,procps \
  "$SUITE" root sources.list
say "root tree: $(du -xsm root | cut -f1) MB"

# --- kernel and ZFS modules (the modules kept by version) --------------------
IMG=$(chroot root apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/{print $2}')
KV=${IMG#linux-image-}; ZV=$(chroot root apt-cache policy zfs-dkms | awk '/Candidate/{print $2}')
C=$SCRATCH/zfs-$ZV-$KV
if [ ! -f "$C/zfs.ko" ]; then
  say "building zfs $ZV for $KV (about four minutes)"
  cp -a root bld; mount -t proc proc bld/proc
  INITRD=No chroot bld apt-get -o Dpkg::Use-Pty=0 install -y -qq --no-install-recommends linux-headers-cloud-amd64 make gcc libc6-dev libelf-dev file >/dev/null 2>headers.log || { tail -30 headers.log; exit 1; }
  cat > bld/tmp/z.sh <<'Z'
set -e; cd /tmp; apt-get -qq -o Acquire::Retries=5 download zfs-dkms; dpkg -x zfs-dkms_*.deb z; cd z/usr/src/zfs-*; KV=$1
# Debian's config asks for DWARF+BTF: drop it for make only (auto.conf; never autoconf.h, which fixes struct layouts)
sed -i '/^CONFIG_DEBUG_INFO/d' "$(readlink -f /lib/modules/$KV/build)"/include/config/auto.conf
./configure -q --disable-dependency-tracking --prefix=/usr --with-config=kernel \
  --with-linux=$(readlink -f /lib/modules/$KV/source) --with-linux-obj=/lib/modules/$KV/build
make -s -C module -j$(nproc)
strip -g module/spl.ko module/zfs.ko
Z
  chroot bld bash /tmp/z.sh "$KV" > zfs-build.log 2>&1 || { tail -30 zfs-build.log >&2; exit 1; }
  mkdir -p "$C.making"; cp bld/tmp/z/usr/src/zfs-*/module/{spl,zfs}.ko "$C.making/"; mv -T "$C.making" "$C"
  umount bld/proc; rm -rf bld
fi
if [ ! -d "$SCRATCH/$KV" ]; then
  chroot root sh -c "cd /tmp && apt-get -qq -o Acquire::Retries=5 download $IMG" 2>/dev/null
  dpkg -x root/tmp/"$IMG"_*.deb kernel; rm -f root/tmp/*.deb; mv -T kernel "$SCRATCH/$KV"
fi
say "zfs $ZV for $KV"

# --- an uncompressed kernel saves the decompression in the guest ---------------
python3 - "$SCRATCH/$KV/boot/vmlinuz-$KV" "$OUT/vmlinux" <<'P'
import sys,subprocess
d=open(sys.argv[1],'rb').read(); i=-1
while (i:=d.find(b'\x28\xb5\x2f\xfd',i+1))!=-1:
    o=subprocess.run(['zstd','-dc'],input=d[i:],stdout=subprocess.PIPE,stderr=subprocess.DEVNULL).stdout
    if o[:4]==b'\x7fELF': open(sys.argv[2],'wb').write(o); sys.exit()
sys.exit('no vmlinux found')
P

# --- configure the tree --------------------------------------------------------
R=$W/root; rm -rf "$R"/var/lib/apt/lists/* "$R"/var/cache/apt/*.bin
mkdir -p "$R/usr/lib/modules"; cp -a "$SCRATCH/$KV/usr/lib/modules/$KV" "$R/usr/lib/modules/"
keep='^\./kernel/(crypto|lib|virt|arch/x86/(kvm/(kvm|kvm-amd)\.|crypto)|net/(bridge|llc|802|8021q|netfilter|ipv4|ipv6|core|sched)|fs/(autofs|overlayfs|fuse|squashfs|nls|configfs|ext4|jbd2|mbcache)|drivers/(block/(virtio_blk|loop|nbd)\.|net/(virtio_net|tun|tap|veth|dummy|net_failover|macvlan|macvtap)\.|char/hw_random|vhost|virtio|acpi/button|input/evdev))'
(cd "$R/usr/lib/modules/$KV"; find . -name '*.ko*' | grep -vE "$keep" | xargs rm -f; find . -name '*.ko.xz' -print0 | xargs -0 -r xz -d; find . -type d -empty -delete; mkdir -p extra; cp "$C"/*.ko extra/)
chroot "$R" depmod "$KV"
ssh-keygen -q -t ed25519 -N '' -C lab -f "$OUT/id"
echo iceberg > "$R/etc/hostname"; echo '127.0.0.1 localhost iceberg' > "$R/etc/hosts"; : > "$R/etc/resolv.conf"
echo '/dev/vda / ext4 rw,noatime 0 0' > "$R/etc/fstab"
cat > "$R/etc/systemd/network/10-en.network" <<'N'
[Match]
Name=en* eth*
[Network]
Address=10.0.2.15/24
Gateway=10.0.2.2
LinkLocalAddressing=no
IPv6AcceptRA=no
N
install -d -m700 "$R/root/.ssh"; install -m600 "$OUT/id.pub" "$R/root/.ssh/authorized_keys"; chown -R 0:0 "$R/root/.ssh"
install -d "$R/etc/ssh/sshd_config.d"; printf 'UseDNS no\nPrintMotd no\nPrintLastLog no\nMaxSessions 64\n' > "$R/etc/ssh/sshd_config.d/lab.conf"
install -d "$R/etc/systemd/journald.conf.d"; printf '[Journal]\nStorage=volatile\n' > "$R/etc/systemd/journald.conf.d/lab.conf"
echo zfs > "$R/etc/modules-load.d/zfs.conf"; echo 'options zfs zfs_arc_max=134217728' > "$R/etc/modprobe.d/zfs.conf"
echo 0123456789abcdef0123456789abcdef > "$R/etc/machine-id"
sed -i '/pam_systemd/d' "$R/etc/pam.d/common-session"   # no user session for each ssh login: a big win under TCG
rm -f "$R/etc/nologin"
q() { chroot "$R" "$@" >/dev/null 2>&1 || :; }
q ssh-keygen -A; q passwd -d root; q ldconfig
cp "$R/etc/ssh/ssh_host_ed25519_key.pub" "$OUT/host_key.pub"
q systemctl enable systemd-networkd ssh
q systemctl disable apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer logrotate.timer getty@tty1.service libvirt-guests.service
q systemctl mask systemd-networkd-wait-online.service systemd-udev-settle.service sshd-keygen.service zfs-volume-wait.service \
  systemd-random-seed.service modprobe@.service dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-networkd-persistent-storage.service ldconfig.service \
  systemd-pstore.service systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-update-done.service \
  systemd-journal-flush.service systemd-tmpfiles-clean.timer
mkdir -p "$R/etc/systemd/system-generators"
for g in systemd-ssh-generator systemd-gpt-auto-generator systemd-hibernate-resume-generator systemd-tpm2-generator systemd-rc-local-generator systemd-sysv-generator systemd-import-generator; do ln -sf /dev/null "$R/etc/systemd/system-generators/$g"; done
# a 512-byte system for the nested domains
as --32 "$HERE/tiny.S" -o tiny.o; ld -m elf_i386 -Ttext 0x7c00 --oformat binary tiny.o -o "$R/root/tiny.bin"
truncate -s 4G "$OUT/root.img"
# With a journal: the power-cut tests boot this filesystem again without a check
mkfs.ext4 -q -F -L root -O ^metadata_csum -E lazy_itable_init=1,root_owner=0:0,nodiscard -m 0 -N 80000 -d "$R" "$OUT/root.img"

# --- an initrd of busybox and virtio_blk -----------------------------------------
mkdir -p ird/{bin,dev,n}; cp root/usr/bin/busybox ird/bin/; cp "$R/usr/lib/modules/$KV/kernel/drivers/block/virtio_blk.ko" ird/
for m in fs/mbcache fs/jbd2/jbd2 fs/ext4/ext4; do [ -f "$R/usr/lib/modules/$KV/kernel/$m.ko" ] && cp "$R/usr/lib/modules/$KV/kernel/$m.ko" ird/ || :; done
cat > ird/init <<'I'
#!/bin/busybox sh
B=/bin/busybox
$B mount -t devtmpfs dev /dev
for m in mbcache jbd2 ext4 virtio_blk; do [ -f /$m.ko ] && $B insmod /$m.ko; done
i=0; while [ ! -b /dev/vda ] && [ $i -lt 200 ]; do $B usleep 20000; i=$((i+1)); done
$B mount -t ext4 -o rw,noatime /dev/vda /n || exec $B sh
exec $B switch_root /n /sbin/init
I
chmod +x ird/init; (cd ird; find . | cpio -o -H newc --quiet | gzip -1 > "$OUT/initrd.gz")
cd /; rm -rf "$W"; chmod a-w "$OUT/root.img"
say "image: $(du -m "$OUT/root.img" | cut -f1) MB, kernel $(du -m "$OUT/vmlinux" | cut -f1) MB"
