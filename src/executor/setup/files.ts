/** Every file that the setup writes, word for word, and the names that it uses. */

export const daemonUser = "manchot";
export const botUser = "manchot-bot";
export const program = "/usr/local/lib/manchot/manchot-executor.mjs";
export const link = "/usr/local/bin/manchot-executor";
export const node = "/usr/bin/node";
export const keysFile = `/etc/ssh/authorized_keys.d/${botUser}`;
export const sshdFile = "/etc/ssh/sshd_config.d/manchot.conf";
export const unit = "manchot-executor.service";
export const unitFile = `/etc/systemd/system/${unit}`;
/** Root writes the factors, the daemon reads them, and nobody else does either. */
export const factorsMode = 0o640;
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
