/** The core below js-sdk: how clients blacklist one device, sign persons without the two of them, encrypt what is no message. */
import type { OlmMachine } from "@matrix-org/matrix-sdk-crypto-wasm";
import type { CryptoApi } from "matrix-js-sdk/lib/crypto-api/index.js";

/** Not public there; a release that has it no more fails here. */
export function machineOf(crypto: CryptoApi): OlmMachine {
  const { olmMachine } = crypto as CryptoApi & { readonly olmMachine?: OlmMachine };
  return insist(olmMachine, "js-sdk has no olmMachine");
}

export function insist<T>(value: T | undefined | null, why: string): T {
  if (value === undefined || value === null) throw new Error(why);
  return value;
}
