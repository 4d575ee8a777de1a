/** Every file that the setup writes, word for word, and the names that it uses. */

import { helper } from "../host/commands.ts";

export const daemonUser = "manchot";
export const botUser = "manchot-bot";
export const program = "/usr/local/lib/manchot/manchot-executor.mjs";
/** The root helper, which lies beside the bundle that `setup` is run from. */
export const helperName = "manchot-helper.mjs";
export const helperProgram = `/usr/local/lib/manchot/${helperName}`;
export const link = "/usr/local/bin/manchot-executor";
export const node = "/usr/bin/node";
export const keysFile = `/etc/ssh/authorized_keys.d/${botUser}`;
export const sshdFile = "/etc/ssh/sshd_config.d/manchot.conf";
export const unit = "manchot-executor.service";
export const unitFile = `/etc/systemd/system/${unit}`;
/** Root writes the factors, the daemon reads them, and nobody else does either. */
export const factorsMode = 0o640;
export const helperSocket = "manchot-helper.socket";
export const helperSocketFile = `/etc/systemd/system/${helperSocket}`;
export const helperUnitFile = "/etc/systemd/system/manchot-helper@.service";
export const polkitFile = "/etc/polkit-1/rules.d/40-manchot.rules";
export const libvirtdFile = "/etc/libvirt/libvirtd.conf";
/** What the daemon's user may do to a pool: nothing that destroys, and nothing that mounts. */
export const zfsPermissions = ["hold", "release", "snapshot", "userprop"] as const;

/** No code is made at run time: what stands in the bundle is all that runs. (Without a jit there is no wasm either.) */
const noJit = ["--jitless", "--no-expose-wasm", "--optimize-for-size"] as const;

/** V8 grows its heap with the traffic, and gives it back late: on a hypervisor it may not. */
export const daemonFlags = [...noJit, "--expose-gc", "--max-semi-space-size=1", "--max-old-space-size=64"] as const;
const attachFlags = [...noJit, "--max-semi-space-size=1", "--max-old-space-size=16"] as const;

/** What sshd runs for the bot, whatever it asks for. */
export const forcedCommand = `${node} ${attachFlags.join(" ")} ${program} attach`;

export function configFile(hostName: string, pools: readonly string[]): string {
  const config = {
    host: hostName,
    state: "/var/lib/manchot",
    sockets: {
      bot: { path: "/run/manchot/bot.sock", group: botUser },
      host: { path: "/run/manchot/host.sock" },
    },
    pools,
    limits: { perMinute: 10, perHour: 60 },
    protected: [],
    maximum: { vms: 1, snapshots: 50 },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

export function keyLine(key: string): string {
  return `restrict,command="${forcedCommand}" ${key}\n`;
}

export const sshdConfig = `# Manchot's bot: one forced command, whatever key and whatever it asks for. Written by manchot-executor setup.
Match User ${botUser}
AuthorizedKeysFile /etc/ssh/authorized_keys.d/%u
AuthenticationMethods publickey
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
DisableForwarding yes
PermitTTY no
PermitUserRC no
ForceCommand ${forcedCommand}
Match all
`;

export const unitText = `# Written by manchot-executor setup.
[Unit]
Description=Manchot's executor: what the bot may do on this host, and nothing else
After=zfs.target libvirtd.service
StartLimitIntervalSec=0

[Service]
Type=exec
User=${daemonUser}
ExecStart=${node} ${daemonFlags.join(" ")} ${program} serve
Restart=always
RestartSec=2
# A step in hand is finished first; only then are commands that are left over ended.
KillMode=mixed
TimeoutStopSec=90
RuntimeDirectory=manchot
RuntimeDirectoryMode=0711
StateDirectory=manchot
StateDirectoryMode=0700
UMask=0077
MemoryMax=256M
TasksMax=64
LimitCORE=0
CapabilityBoundingSet=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
DevicePolicy=closed
DeviceAllow=/dev/zfs rw
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
`;

/** Nobody but root and the daemon may tell the helper anything. One process for each order. */
export const helperSocketText = `# Written by manchot-executor setup.
[Unit]
Description=Manchot's root helper: a few fixed orders to libvirt

[Socket]
ListenStream=${helper}
SocketUser=root
SocketGroup=${daemonUser}
SocketMode=0660
Accept=yes
MaxConnections=8

[Install]
WantedBy=sockets.target
`;

export const helperUnitText = `# Written by manchot-executor setup.
[Unit]
Description=Manchot's root helper: one order
CollectMode=inactive-or-failed

[Service]
Type=exec
User=root
ExecStart=${node} ${noJit.join(" ")} ${helperProgram}
StandardInput=socket
StandardOutput=socket
StandardError=journal
RuntimeMaxSec=120
UMask=0077
MemoryMax=192M
TasksMax=32
LimitCORE=0
CapabilityBoundingSet=
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service @pkey
SystemCallErrorNumber=EPERM
`;

/** The verbs of libvirt that the daemon's user may use. `domain.write` is not among them: it may rewrite a VM. */
const libvirtVerbs = [
  "connect.getattr",
  "connect.read",
  "connect.search-domains",
  "connect.search-storage-pools",
  "domain.fs-freeze",
  "domain.getattr",
  "domain.init-control",
  "domain.read",
  "domain.screenshot",
  "domain.start",
  "network.getattr",
  "network.read",
  "storage-pool.getattr",
  "storage-vol.getattr",
  "storage-vol.read",
] as const;

/**
 * Asked in the order of the files' names, and the first that answers stands: before Debian's own file, whose rule for the
 * group libvirt is kept and widened here. With libvirt asking for each verb, that group would else lose what it could do.
 */
export const polkitText = [
  "// Written by manchot-executor setup.",
  `var verbs = [${libvirtVerbs.map((verb) => `"${verb}"`).join(", ")}];`,
  "polkit.addRule(function (action, subject) {",
  '  if (action.id.indexOf("org.libvirt.") !== 0) return polkit.Result.NOT_HANDLED;',
  `  if (subject.user === "${daemonUser}") {`,
  '    var connects = action.id === "org.libvirt.unix.monitor" || action.id === "org.libvirt.unix.manage";',
  '    var may = connects || verbs.some(function (verb) { return action.id === "org.libvirt.api." + verb; });',
  "    return may ? polkit.Result.YES : polkit.Result.NO;",
  "  }",
  "  // As it was before libvirt asked for each verb.",
  '  var isApi = action.id.indexOf("org.libvirt.api.") === 0;',
  '  return isApi && subject.isInGroup("libvirt") ? polkit.Result.YES : polkit.Result.NOT_HANDLED;',
  "});",
  "",
].join("\n");

/** The line with which libvirt asks polkit for each verb, and not for the connection alone. */
export const accessLine = 'access_drivers = [ "polkit" ]';
