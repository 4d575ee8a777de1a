/** The account's other devices: older ones of the bot's, and whatever else is logged in. */
import { z } from "zod";
import { AuthWanted, askAsOwner } from "../../../chat/matrix/user-interactive.ts";
import { oneLine } from "../one-line.ts";
import type { Refused } from "../refused.ts";
import type { Connection } from "./session.ts";
import { wantsMore } from "./wants-more.ts";

const devicesSchema = z.looseObject({
  devices: z.array(
    z.looseObject({
      device_id: z.string(),
      display_name: z.string().nullish(),
      last_seen_ts: z.number().nullish(),
    }),
  ),
});

export type Other = { readonly device: string; readonly name: string; readonly seen: Date | undefined };

export async function otherDevices({ ask, device }: Connection): Promise<readonly Other[]> {
  const { devices } = devicesSchema.parse(await ask("GET", "/_matrix/client/v3/devices"));
  return devices
    .filter(({ device_id }) => device_id !== device)
    .map(({ device_id, display_name, last_seen_ts }) => ({
      device: device_id,
      name: display_name ?? "",
      seen: last_seen_ts == null || !(Math.abs(last_seen_ts) < 8.64e15) ? undefined : new Date(last_seen_ts),
    }));
}

export function printDevice({ device, name, seen }: Other): string {
  const called = oneLine(name);
  return `${oneLine(device)}${called === "" ? "" : ` “${called}”`}${seen === undefined ? "" : `, last seen ${seen.toISOString().slice(0, 10)}`}`;
}

/** Logs them out: their tokens and keys are void at once. */
export async function forget(
  { ask, user, password }: Connection,
  others: readonly Other[],
): Promise<Refused | undefined> {
  const body = { devices: others.map(({ device }) => device) };
  try {
    const owner = { user, password: password.reveal() };
    await askAsOwner(ask, "POST", "/_matrix/client/v3/delete_devices", body, owner);
    return undefined;
  } catch (fault) {
    if (fault instanceof AuthWanted) return wantsMore(fault);
    throw fault;
  }
}
