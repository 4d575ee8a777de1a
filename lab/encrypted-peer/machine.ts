/** The core below js-sdk: how clients blacklist one device, and sign persons without the two of them meeting. */
import type { OlmMachine } from "@matrix-org/matrix-sdk-crypto-wasm";
import type { CryptoApi } from "matrix-js-sdk/lib/crypto-api/index.js";
import { insist } from "./until.ts";

/** Not public there; a release that has it no more fails here. */
export function machineOf(crypto: CryptoApi): OlmMachine {
  const { olmMachine } = crypto as CryptoApi & { readonly olmMachine?: OlmMachine };
  return insist(olmMachine, "js-sdk has no olmMachine");
}
