/** All commands, in the order in which help lists them. A new one is a file here and a line in this list. */
import type { Command } from "../src/conversation/command.ts";
import approve from "./approve.ts";
import cancel from "./cancel.ts";
import deny from "./deny.ts";
import help from "./help.ts";
import host from "./host.ts";
import jobs from "./jobs.ts";
import more from "./more.ts";
import pause from "./pause.ts";
import resume from "./resume.ts";
import run from "./run.ts";
import snapshot from "./snapshot.ts";
import snapshots from "./snapshots.ts";
import vmAutostart from "./vm-autostart.ts";
import vmInfo from "./vm-info.ts";
import vmList from "./vm-list.ts";
import vmRestart from "./vm-restart.ts";
import vmScreenshot from "./vm-screenshot.ts";
import vmStart from "./vm-start.ts";
import vmStop from "./vm-stop.ts";
import whoami from "./whoami.ts";
import why from "./why.ts";

export const commands: readonly Command[] = [
  help,
  whoami,
  host,
  vmList,
  vmInfo,
  vmScreenshot,
  vmStart,
  vmStop,
  vmRestart,
  vmAutostart,
  snapshot,
  snapshots,
  jobs,
  why,
  run,
  cancel,
  approve,
  deny,
  pause,
  resume,
  more,
];
