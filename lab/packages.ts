/** What the lab itself needs from Debian, to be built and to run; and what other tests use as real peers. */
import { run, tell } from "./run.ts";

const packages = [
  ...["qemu-system-x86", "qemu-utils", "mmdebstrap", "debian-archive-keyring", "zstd", "xz-utils", "cpio"],
  ...["e2fsprogs", "binutils", "openssh-client", "python3-minimal", "util-linux"],
  ...["openssh-server", "tmux"],
] as const;

/** Installs what is missing. Needs root and apt; waits for others who hold apt's lock. */
export async function installPackages(): Promise<void> {
  const missing: string[] = [];
  for (const name of packages) {
    const { stdout } = await run(["dpkg", "-s", name]).catch(() => ({ stdout: "" }));
    if (!stdout.includes("Status: install ok installed")) missing.push(name);
  }
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0)
    throw new Error(`Debian packages are missing; as root: apt-get install ${missing.join(" ")}`);
  tell(`installing ${missing.join(" ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600", "-o", "Acquire::Retries=5"];
  await must([...apt, "update"], env);
  await must([...apt, "install", "-y", "--no-install-recommends", ...missing], env);
}

async function must(argv: readonly string[], env: Record<string, string>): Promise<void> {
  const ended = await run(argv, { env });
  if (ended.code !== 0)
    throw new Error(`${argv.join(" ")} failed (${ended.code}): ${ended.stderr.trim().slice(-2000)}`);
}
