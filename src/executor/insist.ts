/** A host that does not answer is asked again: what became of a step is not guessed. */
import type { Host } from "./host/host.ts";
import { pause } from "./pause.ts";

/** For how long the host is asked, before its last words stand. Milliseconds. */
const patience = 10 * 60_000;
const firstWait = 500;
const longestWait = 15_000;

/**
 * Asks until the host answers, with longer and longer pauses, for ten minutes; then its last words stand. `since`: when
 * the ten minutes began, by the clock that nobody sets; where it is not said, now.
 */
export async function insist<T extends { ok: boolean }>(
  { host, stopping }: { readonly host: Host; readonly stopping: AbortSignal },
  ask: () => Promise<T>,
  since: number = host.monotonic(),
): Promise<T | "stopping"> {
  for (let wait = firstWait; ; wait = Math.min(2 * wait, longestWait)) {
    const answer = await ask();
    if (answer.ok || host.monotonic() + wait > since + patience) return answer;
    if (stopping.aborted) return "stopping";
    await pause(wait, stopping);
  }
}
