/**
 * How a VM is asked to shut down, and waited for. First its agent is asked, where it has one; then its power button is
 * pressed, again and again, since a guest that is just starting hears nothing. Nothing is ever forced.
 */
import type { VmState } from "../../protocol/facts.ts";
import type { Plan } from "../../protocol/plan.ts";
import type { Failure } from "../../protocol/wire.ts";
import { helper, virsh, virshRead, virshWrite } from "../host/commands.ts";
import type { Ran } from "../host/host.ts";
import { vmStatus } from "../host/vm-info.ts";
import { good, type Outcome, refuse } from "../outcome.ts";
import { pause } from "../pause.ts";
import type { Hands, Performed, PlanStep } from "./kind.ts";
import { isAwake, isOff, type VmSurvey, vmOf } from "./vm.ts";

const defaultWithin = 300;
/** How long an agent that took the request is given before the button is pressed too, and one press before the next. */
const patience = 30;
/** How long libvirt's events are listened to at a time: an event that came just before is missed no longer than this. */
const listening = 10;
/** How long pressing the button may take. */
const commandTimeoutMs = 75_000;
/** So long is spared for asking an agent, however little is left. */
const leastTimeoutMs = 5_000;

type Given = { readonly within?: number | undefined };

/** The steps; or why this VM cannot shut down. */
export function shutdownSteps({ vm, persistent }: VmSurvey, given: Given): Outcome<PlanStep[]> {
  if (!isAwake(vm)) return refuse("wrong-state", { vm: vm.name, state: vm.state });
  if (!persistent) return refuse("not-persistent", { vm: vm.name });
  const within = given.within ?? defaultWithin;
  const button: PlanStep = {
    what: `press its power button (ACPI), again every ${patience} s, until it is off; after ${within} s in all this has failed, and nothing is forced`,
    argv: [virsh, ...virshWrite, "shutdown", "--mode", "acpi", vm.uuid],
  };
  if (!vm.guestAgent) return good([button]);
  const agent: PlanStep = {
    what: `ask the guest's agent to shut it down, through the root helper, and wait up to ${patience} s; the next step is for an agent that does not`,
    argv: [helper, "shutdown-agent", vm.uuid],
  };
  return good([agent, button]);
}

/** Carries out one of {@link shutdownSteps}. */
export async function shutDown(hands: Hands, plan: Plan, step: number, given: Given): Promise<Performed> {
  const [program, ...words] = plan.steps[step]?.argv ?? [];
  if (program === undefined) throw new Error(`step ${step} of ${plan.id} has no command`);
  const within = given.within ?? defaultWithin;
  const now = hands.read.now() / 1000;
  // A clock that was set back must not make it longer, and after a crash it is not begun anew.
  const left = Math.min(within, Math.max(0, hands.started + within - now));
  const isAgent = program === helper;
  const wait = isAgent ? Math.min(patience, left) : left;
  // Until its time in all is over, not this step's: that is when it has failed.
  const until = Math.ceil(now + left);
  const stillRunning = { reason: "still-running", detail: { vm: vmOf(plan).name, seconds: within } } as const;
  return untilOff(hands, vmOf(plan).id, [program, ...words], { ms: wait * 1000, until, once: isAgent }, stillRunning);
}

async function untilOff(
  hands: Hands,
  uuid: string,
  argv: readonly [string, ...string[]],
  { ms, until, once }: { readonly ms: number; readonly until: number; readonly once: boolean },
  failure: Failure,
): Promise<Performed> {
  const { read, change, stopping } = hands;
  const end = read.monotonic() + ms;
  let ran: Ran | undefined;
  let told: VmState | undefined;
  for (let next = Number.NEGATIVE_INFINITY; ; ) {
    const status = await vmStatus(read, uuid);
    if (status.ok && isOff(status.value)) return { ...(ran === undefined ? {} : { ran }) };
    const state = status.ok ? status.value.state : (told ?? "unknown");
    if (state !== told) hands.tell({ state, until });
    told = state;
    const now = read.monotonic();
    if (now >= end) return { ...(ran === undefined ? {} : { ran }), failure };
    if (stopping.aborted) return "left";
    if (now >= next) {
      // libvirt answers once the guest is off, or after a minute: a deaf agent does not get longer than the plan says.
      const timeoutMs = once ? Math.max(leastTimeoutMs, end - now) : commandTimeoutMs;
      ran = await change.run(argv, { timeoutMs });
      if (once && ran.code !== 0) return { ran };
      next = once ? Number.POSITIVE_INFINITY : now + patience * 1000;
    } else await listen(hands, uuid, Math.min(end, next) - now);
  }
}

/** Returns at the VM's next event, or after so many milliseconds, ten seconds at most. */
async function listen({ read, stopping }: Hands, uuid: string, ms: number): Promise<void> {
  const seconds = Math.max(1, Math.min(listening, Math.ceil(ms / 1000)));
  const argv = [virsh, ...virshRead, "event", "--event", "lifecycle", "--timeout", String(seconds), uuid] as const;
  const before = read.monotonic();
  await read.run(argv, { timeoutMs: (seconds + 20) * 1000, outOfTurn: true });
  // A libvirt that does not answer is not asked without a breath.
  if (read.monotonic() - before < 200) await pause(500, stopping);
}
