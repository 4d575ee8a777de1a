/**
 * What the root helper does, and nothing else: the few verbs for which libvirt wants the right to rewrite a VM, which the
 * daemon does not have. Whoever may write to its socket is not believed: every word is looked at again.
 */

const virsh = ["/usr/bin/virsh", "-c", "qemu:///system"] as const;

/** As libvirt writes UUIDs. A number or a name, which could mean another VM, is none. */
const uuidText = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export type Order = {
  readonly uuid: string;
  /** To the letter. */
  readonly argv: readonly [string, ...string[]];
};

/** The longest line that can be an order, in bytes. */
export const longestOrder = 200;

/** The order in one line of JSON, an array of words; or nothing. */
export function readOrder(line: string): Order | undefined {
  const words = wordsIn(line);
  if (words === undefined) return undefined;
  const [verb, uuid = "", ...rest] = words;
  if (!uuidText.test(uuid)) return undefined;
  switch ([verb, ...rest].join(" ")) {
    case "addresses":
      return { uuid, argv: [...virsh, "domifaddr", "--full", "--source", "agent", uuid] };
    case "shutdown-agent":
      return { uuid, argv: [...virsh, "shutdown", "--mode", "agent", uuid] };
    case "autostart on":
      return { uuid, argv: [...virsh, "autostart", uuid] };
    case "autostart off":
      return { uuid, argv: [...virsh, "autostart", "--disable", uuid] };
    default:
      return undefined;
  }
}

/**
 * Asks whether a VM has that UUID. libvirt's other commands take a UUID that they do not know for a name, and a VM may be
 * named like one that is gone; this one looks for numbers and UUIDs only, and fails then.
 */
export function looksFor({ uuid }: Order): readonly [string, ...string[]] {
  return [...virsh, "-r", "domname", uuid];
}

function wordsIn(line: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isWords = Array.isArray(value) && value.every((word) => typeof word === "string" && !/\s/.test(word));
    return isWords ? value : undefined;
  } catch {
    return undefined;
  }
}
