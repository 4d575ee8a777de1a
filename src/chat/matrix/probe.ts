/** Whether a homeserver answers and takes the token, and how it is with encryption. Nothing is listened to, joined or posted. */
import { existsSync } from "node:fs";
import { HardenedClient } from "./client.ts";
import { type OwnKeys, ownKeys } from "./encryption/own-identity.ts";
import type { MatrixOptions } from "./network.ts";
import { whoAmI } from "./who-am-i.ts";

const requestMs = 15_000;

export type Probed = {
  readonly user: string;
  /** How the device's encryption keys are, as the homeserver tells it and the store's file shows. */
  readonly encryption: /** The token is no device's. */
    | "no-device"
    /** Its keys are made when `serve` starts for the first time. */
    | "not-begun"
    /** The homeserver has this device's keys, and here is no store of them. */
    | "store-lost"
    /** The account's identity has not signed it. */
    | "unsigned"
    | "well";
};

/** Rejects with the mend, after one try. */
export async function probeMatrix(options: Omit<MatrixOptions, "memory">): Promise<Probed> {
  const client = new HardenedClient(options.homeserver, options.accessToken, { longPollMs: 0, requestMs });
  try {
    const { user, device } = await whoAmI(client, { ...options, startMs: 0, signal: new AbortController().signal });
    if (device === undefined) return { user, encryption: "no-device" };
    const keys = await ownKeys(client.doRequest.bind(client), user, device);
    return { user, encryption: stateOf(keys, options.encryption.file) };
  } finally {
    client.close();
  }
}

function stateOf({ device, signed }: OwnKeys, file: string): Probed["encryption"] {
  if (!existsSync(file)) return device === undefined ? "not-begun" : "store-lost";
  if (device === undefined) return "not-begun";
  return signed ? "well" : "unsigned";
}
