#!/bin/bash
# Fetches snac2 from Debian's backports into a folder, without installing anything: a private apt state, and dpkg-deb -x.
#   fetch.sh OUT
set -euo pipefail
D=$1
mkdir -p "$D"/apt/{state/lists/partial,cache/archives/partial,etc/empty} "$D/root"
: > "$D/apt/status"
# the mirror that this machine already uses
M=$(apt-get indextargets --format '$(ORIGIN) $(SITE)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 !~ /security/ { print $2 }' | sort -u | head -1)
[ -n "$M" ] || { echo "no Debian mirror in this machine's apt configuration" >&2; exit 1; }
K="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
printf 'deb %s %s %s main\n' "$K" "$M" bookworm "$K" "$M" bookworm-backports > "$D/apt/etc/sources.list"
cat > "$D/apt.conf" <<S
Dir::State "$D/apt/state"; Dir::State::status "$D/apt/status"; Dir::Cache "$D/apt/cache";
Dir::Etc::sourcelist "$D/apt/etc/sources.list"; Dir::Etc::sourceparts "$D/apt/etc/empty"; Dir::Etc::parts "$D/apt/etc/empty";
Dir::Etc::preferences "$D/apt/etc/none"; Dir::Etc::preferencesparts "$D/apt/etc/empty";
APT::Architecture "amd64"; APT::Architectures { "amd64"; }; APT::Install-Recommends "false"; APT::Sandbox::User "";
Acquire::Languages "none"; Acquire::Retries "5"; Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false"; Debug::NoLocking "true";
S
export APT_CONFIG="$D/apt.conf"
apt-get -q=2 update
apt-get -q=2 -y --download-only -t bookworm-backports install snac2 >/dev/null
for f in "$D"/apt/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$f" | tar -x -C "$D/root" --no-same-owner --exclude=./usr/share --exclude=./usr/lib/x86_64-linux-gnu/gconv
done
rm -rf "$D/apt" "$D/apt.conf"
[ -x "$D/root/usr/bin/snac" ]
