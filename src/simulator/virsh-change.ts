/** `virsh -c qemu:///system`, as far as Manchot asks it: what changes something, and what the root helper does. */
import type { Ran } from "../executor/host/host.ts";
import { answered, failed } from "./answer.ts";
import type { Model, SimulatedDomain } from "./model.ts";
import { screen } from "./screen.ts";
import { addresses, find, noDomain } from "./virsh.ts";

/** How many filesystems a guest has, and how long it takes to reboot: it hears no button meanwhile. */
const filesystems = 2;
const rebootMs = 1_500;

type Changed = { readonly ran: Ran; readonly domain?: Partial<SimulatedDomain> };

/** `asked`: what the domain was called by; virsh says that, except of one that it starts. */
type Verb = (domain: SimulatedDomain, now: number, asked: string) => Changed;

const verbs: Readonly<Record<string, Verb>> = {
  start: (domain) =>
    isActive(domain)
      ? { ran: failed(1, "error: Domain is already active\n", "\n") }
      : { ran: answered(`Domain '${domain.name}' started\n\n`), domain: { state: "running" } },
  "shutdown --mode acpi": (domain, now, asked) => shutDown(domain, "button", now, asked),
  "shutdown --mode agent": (domain, now, asked) =>
    withAgent(domain, `Failed to shutdown domain '${asked}'`, () => shutDown(domain, "agent", now, asked)),
  "reboot --mode acpi": (domain, now, asked) =>
    isActive(domain)
      ? { ran: answered(`Domain '${asked}' is being rebooted\n\n`), domain: { backAt: now + rebootMs } }
      : refused(`Failed to reboot domain '${asked}'`, notRunning),
  autostart: (_domain, _now, asked) => autostart(asked, true),
  "autostart --disable": (_domain, _now, asked) => autostart(asked, false),
  domfsfreeze: (domain) => withAgent(domain, cannotFreeze, () => freeze(domain)),
  domfsthaw: (domain) =>
    withAgent(domain, "Unable to thaw filesystems", () => ({
      ran: answered(`Thawed ${domain.frozen ?? 0} filesystem(s)\n\n`),
      domain: { frozen: 0 },
    })),
  screenshot: (domain, _now, asked) =>
    isActive(domain) ? pictured(domain) : refused(`could not take a screenshot of ${asked}`, notRunning),
};

/** Changes `model` where the command does. `now`: milliseconds since 1970. */
export function virshChange(model: Model, words: readonly string[], now: number): Ran {
  const isScreenshot = words[0] === "screenshot";
  const wanted = (isScreenshot ? words[1] : words.at(-1)) ?? "";
  const verb = isScreenshot ? "screenshot" : words.slice(0, -1).join(" ");
  const change = verbs[verb];
  if (change === undefined) return failed(127, `the simulator has no virsh ${words.join(" ")}\n`);
  const domain = find(model, wanted);
  if (domain === undefined) return noDomain(wanted);
  const { ran, domain: changed } = change(domain, now, wanted);
  if (changed !== undefined) model.domains[model.domains.indexOf(domain)] = { ...domain, ...changed };
  return ran;
}

/** What the root helper does with the words that it is told. */
export function helped(model: Model, [verb, uuid = "", value]: readonly string[], now: number): Ran {
  if (!model.domains.some((one) => one.uuid === uuid)) return noDomain(uuid);
  if (verb === "addresses") return addresses(model, ["--full", "--source", "agent", uuid]);
  if (verb === "shutdown-agent") return virshChange(model, ["shutdown", "--mode", "agent", uuid], now);
  if (verb !== "autostart") return failed(2, "not an order\n");
  return virshChange(model, ["autostart", ...(value === "off" ? ["--disable"] : []), uuid], now);
}

/** Ends what was under way and is over by now. Tells whether anything was. */
export function settle(model: Model, now: number): boolean {
  let moved = false;
  model.domains = model.domains.flatMap((domain) => {
    const { offAt, backAt, frozen, ...rest } = domain;
    const isOff = offAt !== undefined && now >= offAt;
    if (!isOff && !(backAt !== undefined && now >= backAt)) return [domain];
    moved = true;
    if (!isOff) return [rest];
    return rest.transient === true ? [] : [{ ...rest, state: "shut off" as const }];
  });
  return moved;
}

function isActive({ state }: SimulatedDomain): boolean {
  return state !== "shut off";
}

function shutDown(domain: SimulatedDomain, by: "agent" | "button", now: number, asked: string): Changed {
  if (!isActive(domain)) return refused(`Failed to shutdown domain '${asked}'`, notRunning);
  const { heeds = "both", shutdownMs = 0, offAt, backAt } = domain;
  const hears = (heeds === "both" || heeds === by) && backAt === undefined;
  const ran = answered(`Domain '${asked}' is being shutdown\n\n`);
  return hears ? { ran, domain: { offAt: offAt ?? now + shutdownMs } } : { ran };
}

function autostart(asked: string, on: boolean): Changed {
  return { ran: answered(`Domain '${asked}' ${on ? "" : "un"}marked as autostarted\n\n`), domain: { autostart: on } };
}

const cannotFreeze = "Unable to freeze filesystems";

function freeze({ frozen = 0 }: SimulatedDomain): Changed {
  if (frozen > 0) return refused(cannotFreeze, "internal error: unable to execute QEMU agent command");
  return { ran: answered(`Froze ${filesystems} filesystem(s)\n\n`), domain: { frozen: filesystems } };
}

function pictured({ name }: SimulatedDomain): Changed {
  const said = "Screenshot saved to /proc/self/fd/3, with type of image/x-portable-pixmap\n";
  return { ran: { ...answered(said), file: screen(name) } };
}

const notRunning = "Requested operation is not valid: domain is not running";

function refused(what: string, why: string): Changed {
  return { ran: failed(1, `error: ${what}\nerror: ${why}\n`, "\n") };
}

function withAgent(domain: SimulatedDomain, what: string, act: () => Changed): Changed {
  // As libvirt has it: of one that is paused it says the same as of one that is off.
  if (domain.state !== "running") return refused(what, notRunning);
  if (domain.agent === "none") return refused(what, "argument unsupported: QEMU guest agent is not configured");
  if (domain.agent === "disconnected") {
    return refused(what, "Guest agent is not responding: QEMU guest agent is not connected");
  }
  return act();
}
