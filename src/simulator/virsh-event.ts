/** `virsh event --event lifecycle --timeout SECONDS DOMAIN`: waits, by the machine's own clock. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ran } from "../executor/host/host.ts";
import { answered, failed } from "./answer.ts";
import type { Model } from "./model.ts";
import { find, noDomain } from "./virsh.ts";

const glance = 10;

/** `now`: the model as it stands at that moment. */
export async function awaitEvent(now: () => Model, words: readonly string[]): Promise<Ran> {
  const [, , , seconds = "", wanted = ""] = words;
  const domain = find(now(), wanted);
  if (domain === undefined) return noDomain(wanted);
  for (const end = performance.now() + Number(seconds) * 1000; performance.now() < end; await sleep(glance)) {
    const state = find(now(), wanted)?.state;
    if (state === domain.state) continue;
    const what = state === "shut off" ? "Stopped Shutdown" : "Started Booted";
    return answered(`event 'lifecycle' for domain '${domain.name}': ${what}\nevents received: 1\n\n`);
  }
  return failed(1, "", "event loop timed out\nevents received: 0\n\n");
}
