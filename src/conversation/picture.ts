/** Pictures: what a file is called, and what is said where a network does not take one. */
import type { Picture, Say } from "./answer.ts";

/** Why a network shows no picture. `status`: HTTP's; `code`: the system's. */
export type Missing = { readonly kind: "missing" } & (
  | { readonly why: "too-large" }
  /** It knows no pictures, or not here. */
  | { readonly why: "not-taken" }
  | { readonly why: "refused"; readonly status: number }
  /** It was tried, more than once, and it is not known what is wrong. */
  | { readonly why: "unanswered" }
  | { readonly why: "unwritten"; readonly code: string }
);

/** What stands in the place of a picture that is not shown: why, and what to do. At most 230 characters. */
export function missingText(missing: Missing, picture: Picture, say: Say): string {
  const detail = { size: String(Math.ceil((picture.png.length * 3) / 4 / 1024)) };
  switch (missing.why) {
    case "too-large":
      return say("picture-too-large", detail);
    case "not-taken":
      return say("picture-not-taken");
    case "refused":
      return say("picture-refused", { status: String(missing.status) });
    case "unanswered":
      return say("picture-unanswered");
    case "unwritten":
      return say("picture-unwritten", { code: missing.code });
  }
}

/** The last second that a Date can be made of. */
const lastSecond = 8.64e12;

/** `screen-web-20261125T160012Z.png`: no path and no option, whatever the VM is called. `taken`: seconds since 1970. */
export function fileName(vm: string, taken: number): string {
  const second = Math.max(0, Math.min(lastSecond, taken));
  const moment = new Date(second * 1000).toISOString().replace(/[-:]|\.\d+/gu, "");
  const name = [...vm.normalize("NFC").replace(/[^\p{L}\p{N}_-]+/gu, "_")].slice(0, 40).join("");
  return `screen-${name}-${moment}.png`;
}
