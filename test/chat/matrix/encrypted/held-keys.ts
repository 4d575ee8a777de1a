/** To-device messages to the bot, which carry the keys of rooms: held back, and handed over later, or never. */
import type { FaultyProxy } from "../proxy.ts";

type SyncAnswer = { to_device?: { events: unknown[] } };

export type HeldKeys = {
  /** How many are held. */
  readonly count: number;
  /** From now on they pass; those that are held come with the next sync that is answered. */
  release(): void;
  /** Only what came last is handed over with the next sync; all else is held on. */
  releaseLast(): void;
  /** Those that are held are lost; what comes next is held again, until `release`. */
  lose(): void;
};

/** From now on nothing of that kind reaches who is behind the proxy. */
export function holdKeys(proxy: FaultyProxy): HeldKeys {
  const held: unknown[] = [];
  const due: unknown[] = [];
  let holding = true;
  proxy.rewrite = (_method, path, answer) => {
    if (!path.includes("/sync") || typeof answer !== "object" || answer === null) return answer;
    const sync = answer as SyncAnswer;
    if (holding) {
      held.push(...(sync.to_device?.events ?? []));
      return { ...sync, to_device: { events: due.splice(0) } };
    }
    return { ...sync, to_device: { events: [...due.splice(0), ...held.splice(0), ...(sync.to_device?.events ?? [])] } };
  };
  return {
    get count() {
      return held.length;
    },
    release() {
      holding = false;
    },
    releaseLast() {
      due.push(...held.splice(-1));
    },
    lose() {
      held.length = 0;
    },
  };
}
