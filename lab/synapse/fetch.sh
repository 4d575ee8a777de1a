#!/bin/bash
# Fetches Synapse from Debian unstable into a folder, without installing anything: a private apt state, and dpkg-deb -x.
#   fetch.sh OUT
set -euo pipefail
D=$1
mkdir -p "$D"/apt/{state/lists/partial,cache/archives/partial,etc/apt.conf.d,etc/preferences.d} "$D/root"
: > "$D/apt/status"
# the mirror that this machine already uses
M=$(apt-get indextargets --format '$(ORIGIN) $(SITE)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 !~ /security/ { print $2 }' | sort -u | head -1)
[ -n "$M" ] || { echo "no Debian mirror in this machine's apt configuration" >&2; exit 1; }
cat > "$D/apt/etc/sources.list" <<S
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $M sid main
S
cat > "$D/apt.conf" <<S
Dir::State "$D/apt/state"; Dir::State::status "$D/apt/status"; Dir::Cache "$D/apt/cache";
Dir::Etc::sourcelist "$D/apt/etc/sources.list"; Dir::Etc::sourceparts "-"; Dir::Etc::parts "-"; Dir::Etc::preferences "-"; Dir::Etc::preferencesparts "-";
APT::Architecture "amd64"; APT::Architectures { "amd64"; }; APT::Install-Recommends "false"; APT::Sandbox::User "";
Acquire::Languages "none"; Acquire::Retries "5"; Acquire::Check-Valid-Until "false"; Acquire::Check-Date "false"; Debug::NoLocking "true";
S
export APT_CONFIG="$D/apt.conf"
apt-get -q=2 update
apt-get -q=2 -y --download-only -o Dpkg::Options::=--force-all install matrix-synapse >/dev/null
for f in "$D"/apt/cache/archives/*.deb; do
  dpkg-deb --fsys-tarfile "$f" | tar -x -C "$D/root" --no-same-owner --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/locale \
    --exclude=./usr/share/i18n --exclude=./usr/share/ieee-data --exclude=./usr/lib/x86_64-linux-gnu/gconv --exclude=./usr/share/bash-completion \
    --exclude=./usr/lib/x86_64-linux-gnu/perl* --exclude=./usr/share/perl*
done
R="$D/root"
PYTHONHOME=$R/usr "$R/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" --library-path "$R/usr/lib/x86_64-linux-gnu" "$R/usr/bin/python3" \
  -m compileall -q -j 2 "$R/usr/lib/python3" "$R"/usr/lib/python3.* >/dev/null 2>&1 || true
rm -rf "$D/apt" "$D/apt.conf"
[ -d "$R/usr/lib/python3/dist-packages/synapse" ]
