/** Whether the machine's clock can be trusted: what is late, and what is not, is measured by it. */
import { spawnSync } from "node:child_process";
import { type Finding, note, well } from "./finding.ts";

/** Nothing where the machine has no systemd to tell. */
export function clockFindings(): Finding[] {
  const argv = ["show", "--property=NTPSynchronized", "--value"];
  const told = spawnSync("/usr/bin/timedatectl", argv, { encoding: "utf8", timeout: 10_000 }).stdout?.trim();
  if (told === "yes") return [well("the clock")];
  return told === "no" ? [note("the clock", "is not set by NTP", "timedatectl set-ntp true")] : [];
}
