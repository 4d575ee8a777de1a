import type { Block } from "../src/conversation/answer.ts";
import { ask, type Context, text } from "../src/conversation/command.ts";
import type { HostFacts, Pool, Vm } from "../src/protocol/facts.ts";

/** Pools with their health and space, the VMs at a glance; problems come first and are never hidden. */
export default ask({
  name: "host",
  also: ["hôte", "serveur"],
  summary: {
    en: "The host at a glance: pools, space, VMs",
    fr: "L’hôte en un coup d’œil : pools, espace, machines virtuelles",
  },
  example: { en: "host", fr: "hôte" },
  arguments: {},
  action: "host.facts",
  ask: () => ({ do: "host.facts", with: {} }),
  answer(facts, context) {
    const { say } = context;
    const problems = problemsOf(facts, context);
    const blocks: Block[] = [
      text(say(problems.length === 0 ? "host-good" : "host-problems", { host: facts.host, count: problems.length })),
    ];
    if (problems.length > 0) blocks.push({ kind: "list", items: problems });
    if (facts.pools.length > 0) blocks.push(poolTable(facts.pools, context));
    if (facts.vms.length > 0) blocks.push(text(atAGlance(facts.vms, context)));
    return { tone: problems.length === 0 ? "facts" : "problem", blocks };
  },
});

/** What is wrong with the bot, what could not be read, pools that are not well or nearly full, and empty lists, which are never shown as good. */
function problemsOf(facts: HostFacts, { say, troubles }: Context): readonly string[] {
  const full = 0.85;
  return [
    ...troubles,
    ...facts.problems,
    ...facts.pools
      .filter(({ health }) => health !== "ONLINE")
      .map(({ name, health }) => say("host-pool-health", { name, health })),
    ...facts.pools
      .filter((pool) => share(pool) >= full)
      .map((pool) => say("host-pool-full", { name: pool.name, share: percent(pool) })),
    ...(facts.pools.length === 0 ? [say("host-no-pool")] : []),
    ...(facts.vms.length === 0 ? [say("host-no-vm")] : []),
  ];
}

const share = (pool: Pool): number => (pool.size > 0 ? pool.allocated / pool.size : 1);

/** Rounded down, so that 99.9 % is not told as full; what is left stands beside it. */
const percent = (pool: Pool): number => Math.floor(share(pool) * 100);

function poolTable(pools: readonly Pool[], { say, size }: Context): Block {
  return {
    kind: "table",
    columns: [
      { title: say("column-pool") },
      { title: say("column-health") },
      { title: say("column-size"), numeric: true },
      { title: say("column-used"), numeric: true },
      { title: say("column-free"), numeric: true },
    ],
    rows: pools.map((pool) => [
      pool.name,
      pool.health,
      size(pool.size),
      say("used-share", { size: size(pool.allocated), share: percent(pool) }),
      size(pool.free),
    ]),
  };
}

/** How many run, and by name those that do not. */
function atAGlance(vms: readonly Vm[], { say }: Context): string {
  const resting = vms.filter(({ state }) => state !== "running" && state !== "idle");
  const names = resting.map(({ name, state }) =>
    say("vm-and-state", { name, state: say(`vm-state-${state.replace(" ", "-")}`) }),
  );
  const counts = { all: vms.length, running: vms.length - resting.length };
  return resting.length === 0
    ? say("host-vms", counts)
    : say("host-vms-resting", { ...counts, names: names.join(", ") });
}
