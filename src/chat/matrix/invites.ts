/** Invites: accepted from a list of people, left alone from anybody else. An accepted one is kept until the bot is in. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Log } from "../../log.ts";
import type { AdapterMemory } from "../port.ts";
import type { HardenedClient } from "./client.ts";
import type { Batch } from "./events.ts";
import { failureOf, waitAfter } from "./failure.ts";

export interface Invites {
  /** Notes the invites of a batch, durably, before its token is kept. */
  take(batch: Batch): void;
  /** Takes up what an earlier run had noted. */
  resume(): void;
  /** Resolves when nothing of it runs any more; to be called after `signal` was aborted. */
  idle(): Promise<void>;
}

/** Over federation a fresh invite can be refused for a while. */
const mostRefusals = 10;
const longestWaitMs = 5 * 60_000;
const noted = z.array(z.string());

export function createInvites(parts: {
  readonly client: HardenedClient;
  readonly memory: AdapterMemory;
  readonly inviters: readonly string[];
  readonly log: Log;
  readonly signal: AbortSignal;
}): Invites {
  const { client, memory, log, signal } = parts;
  const running = new Map<string, Promise<void>>();
  const waiting = (): readonly string[] => noted.parse(JSON.parse(memory.read("joins") ?? "[]"));
  const keep = (rooms: readonly string[]): void => memory.write("joins", JSON.stringify([...new Set(rooms)]));

  async function join(room: string): Promise<void> {
    for (let tries = 0, refusals = 0; !signal.aborted; tries++) {
      try {
        await client.joinRoom(room);
        log.info({ room }, "joined");
        break;
      } catch (fault) {
        if (signal.aborted) return;
        const failure = failureOf(fault);
        if (failure.kind === "refused") refusals++;
        log.warn(
          { room, why: failure.why, tries: tries + 1 },
          refusals < mostRefusals ? "could not join yet" : "could not join: invite the bot anew",
        );
        if (refusals >= mostRefusals) break;
        await sleep(waitAfter(failure, tries + 2, longestWaitMs), undefined, { signal }).catch(() => undefined);
      }
    }
    if (!signal.aborted) keep(waiting().filter((other) => other !== room));
  }
  function begin(room: string): void {
    if (running.has(room)) return;
    running.set(
      room,
      join(room)
        .catch((fault: unknown) => log.error({ room, why: failureOf(fault).why }, "joining broke off"))
        .finally(() => running.delete(room)),
    );
  }
  return {
    take({ invites }) {
      for (const { room, inviters } of invites) {
        if (inviters.length > 0 && inviters.every((inviter) => parts.inviters.includes(inviter))) {
          keep([...waiting(), room]);
          begin(room);
        } else {
          log.info(
            { room, inviters },
            "an invite from somebody who is not among the inviters is left alone: name them in manchot.yaml, and invite anew",
          );
        }
      }
    },
    resume: () => waiting().forEach(begin),
    idle: async () => void (await Promise.all(running.values())),
  };
}
