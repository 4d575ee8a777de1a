/** Every kind of change that the executor can do. */
import type { ChangeName } from "../../protocol/operations.ts";
import type { Kind } from "./kind.ts";
import { pauseChanges, resumeChanges } from "./pause.ts";
import { snapshot } from "./snapshot.ts";
import { vmAutostart } from "./vm-autostart.ts";
import { vmRestart } from "./vm-restart.ts";
import { vmStart } from "./vm-start.ts";
import { vmStop } from "./vm-stop.ts";

export const kinds: { readonly [N in ChangeName]: Kind<N> } = {
  "zfs.snapshot": snapshot,
  "executor.pause": pauseChanges,
  "executor.resume": resumeChanges,
  "vm.start": vmStart,
  "vm.stop": vmStop,
  "vm.restart": vmRestart,
  "vm.autostart": vmAutostart,
};
