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

const verbs: Readonly<Record<string, (domain: SimulatedDomain, now: number) => Changed>> = {
  start: (domain) =>
    isActive(domain)
      ? { ran: failed(1, "error: Domain is already active\n", "\n") }
      : { ran: answered(`Domain '${domain.name}' started\n\n`), domain: { state: "running" } },
  "shutdown --mode acpi": (domain, now) => shutDown(domain, "button", now),
  "shutdown --mode agent": (domain, now) => withAgent(domain, "shutdown domain", () => shutDown(domain, "agent", now)),
  "reboot --mode acpi": (domain, now) =>
    isActive(domain)
      ? { ran: answered(`Domain '${domain.name}' is being rebooted\n\n`), domain: { backAt: now + rebootMs } }
      : notRunning("reboot domain", domain),
  "autostart ": (domain) => autostart(domain, true),
  "autostart --disable": (domain) => autostart(domain, false),
  domfsfreeze: (domain) =>
    withAgent(domain, undefined, () =>
      (domain.frozen ?? 0) > 0
        ? {
            ran: failed(
              1,
              "error: Unable to freeze filesystems\nerror: internal error: unable to execute QEMU agent command 'guest-fsfreeze-freeze': Command guest-fsfreeze-freeze has been disabled: the agent is in frozen state\n",
            ),
          }
        : { ran: answered(`Froze ${filesystems} filesystem(s)\n`), domain: { frozen: filesystems } },
    ),
  domfsthaw: (domain) =>
    withAgent(domain, undefined, () => ({
      ran: answered(`Thawed ${domain.frozen ?? 0} filesystem(s)\n`),
      domain: { frozen: 0 },
    })),
  screenshot: (domain) =>
    isActive(domain)
      ? {
          ran: {
            ...answered("Screenshot saved to /proc/self/fd/3, with type of image/x-portable-pixmap\n"),
            file: screen(domain.name),
          },
        }
      : notRunning("take a screenshot", domain),
};

/** Changes `model` where the command does. `now`: milliseconds since 1970. */
export function virshChange(model: Model, words: readonly string[], now: number): Ran {
  if (words[0] === "domifaddr") return addresses(model, words.slice(1));
  const isScreenshot = words[0] === "screenshot";
  const wanted = (isScreenshot ? words[1] : words.at(-1)) ?? "";
  const verb = isScreenshot ? "screenshot" : words.slice(0, -1).join(" ");
  const change = verbs[verb === "autostart" ? "autostart " : verb];
  if (change === undefined) return failed(127, `the simulator has no virsh ${words.join(" ")}\n`);
  const domain = find(model, wanted);
  if (domain === undefined) return noDomain(wanted);
  const { ran, domain: changed } = change(domain, now);
  if (changed !== undefined) model.domains[model.domains.indexOf(domain)] = { ...domain, ...changed };
  return ran;
}

/** What the root helper does with the words that it is told. */
export function helped(model: Model, [verb, uuid = "", value]: readonly string[], now: number): Ran {
  if (!model.domains.some((one) => one.uuid === uuid)) return noDomain(uuid);
  if (verb === "shutdown-agent") return virshChange(model, ["shutdown", "--mode", "agent", uuid], now);
  if (verb !== "autostart") return failed(2, "not an order\n");
  return virshChange(model, ["autostart", ...(value === "off" ? ["--disable"] : []), uuid], now);
}

/** Ends what was under way and is over by now. Tells whether anything was. */
export function settle(model: Model, now: number): boolean {
  let moved = false;
  model.domains.forEach((domain, index) => {
    const { offAt, backAt, frozen, ...rest } = domain;
    if (offAt !== undefined && now >= offAt) model.domains[index] = { ...rest, state: "shut off" };
    else if (backAt !== undefined && now >= backAt) model.domains[index] = rest;
    else return;
    moved = true;
  });
  return moved;
}

function isActive({ state }: SimulatedDomain): boolean {
  return state !== "shut off";
}

function shutDown(domain: SimulatedDomain, by: "agent" | "button", now: number): Changed {
  if (!isActive(domain)) return notRunning("shutdown domain", domain);
  const { heeds = "both", shutdownMs = 0, offAt, backAt } = domain;
  const hears = (heeds === "both" || heeds === by) && backAt === undefined;
  const ran = answered(`Domain '${domain.name}' is being shutdown\n\n`);
  return hears ? { ran, domain: { offAt: offAt ?? now + shutdownMs } } : { ran };
}

function notRunning(what: string, { name }: SimulatedDomain): Changed {
  const why = "error: Requested operation is not valid: domain is not running\n";
  return { ran: failed(1, `error: Failed to ${what} '${name}'\n${why}`, "\n") };
}

function autostart({ name }: SimulatedDomain, on: boolean): Changed {
  return { ran: answered(`Domain '${name}' ${on ? "" : "un"}marked as autostarted\n\n`), domain: { autostart: on } };
}

function withAgent(domain: SimulatedDomain, what: string | undefined, act: () => Changed): Changed {
  const first = what === undefined ? "" : `error: Failed to ${what} '${domain.name}'\n`;
  const refuse = (why: string) => ({ ran: failed(1, `${first}error: ${why}\n`, what === undefined ? "" : "\n") });
  if (!isActive(domain)) return refuse("Requested operation is not valid: domain is not running");
  if (domain.agent === "none") return refuse("argument unsupported: QEMU guest agent is not configured");
  if (domain.agent === "disconnected") {
    return refuse("Guest agent is not responding: QEMU guest agent is not connected");
  }
  return act();
}
