/** What a VM's screen shows. */
import { maximumScreenshot } from "../../protocol/operations.ts";
import { good, type Outcome, refuse } from "../outcome.ts";
import { virsh, virshWrite } from "./commands.ts";
import { hostFailed, notUnderstood } from "./fact.ts";
import type { Host } from "./host.ts";
import { type Picture, readPicture } from "./png.ts";

/** Three bytes a pixel: 4,096 times 2,160 of them, and the head. */
const maximumBytes = 4096 * 2160 * 3 + 64;

/** `too-large` where the picture would not fit into an answer. */
export async function screenshot(host: Host, uuid: string): Promise<Outcome<Picture>> {
  // virsh wants a file's name: it opens anew the one that it was given open.
  const argv = [virsh, ...virshWrite, "screenshot", uuid, "/proc/self/fd/3"] as const;
  const ran = await host.run(argv, { file: maximumBytes });
  if (ran.code !== 0 || ran.truncated || ran.file === undefined) return hostFailed(argv, ran);
  const picture = readPicture(ran.file);
  if (picture === undefined) return notUnderstood(argv, "neither a PNG nor a PPM picture");
  const characters = Math.ceil(picture.png.length / 3) * 4;
  return characters > maximumScreenshot ? refuse("too-large", { command: "virsh screenshot" }) : good(picture);
}
