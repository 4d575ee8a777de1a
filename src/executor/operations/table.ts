/** Every kind of change that the executor can do. */
import type { ChangeName } from "../../protocol/operations.ts";
import type { Kind } from "./kind.ts";
import { pauseChanges, resumeChanges } from "./pause.ts";
import { snapshot } from "./snapshot.ts";

export const kinds: { readonly [N in ChangeName]: Kind<N> } = {
  "zfs.snapshot": snapshot,
  "executor.pause": pauseChanges,
  "executor.resume": resumeChanges,
};
